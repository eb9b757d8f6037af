package io.variate.commandline.resources;

import io.variate.management.format.ProjectIds;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** All resources of a server that are not archived, in the form of files. Immutable after reading. */
final class ServerResources {
    private final SortedMap<ResourceName, Present> present = new TreeMap<>();
    private final Set<String> projects = new TreeSet<>();

    /**
     * A resource on the server.
     *
     * @param version what an edit must be based on
     * @param portable the resource as in a file
     */
    record Present(String id, long version, Map<String, @Nullable Object> portable) {}

    private ServerResources() {}

    /** Reads everything that the token may see. */
    static ServerResources read(ManagementClient client) throws IOException {
        ServerResources all = new ServerResources();
        // The project without a name needs no creation and may be missing in the list.
        all.projects.add(ProjectIds.of(""));
        for (Map<String, @Nullable Object> project : client.list("projects")) {
            all.projects.add(String.valueOf(project.get("id")));
        }
        Map<String, String> labels = new HashMap<>();
        Map<String, String> keys = new HashMap<>();
        Map<ResourceSet, List<Map<String, @Nullable Object>>> listed = new HashMap<>();
        for (ResourceSet set : ResourceSet.values()) {
            List<Map<String, @Nullable Object>> found = new ArrayList<>(client.list(set.path()));
            found.removeIf(resource -> Boolean.TRUE.equals(resource.get("deleted")));
            for (Map<String, @Nullable Object> resource : found) {
                String id = String.valueOf(resource.get("id"));
                if (set == ResourceSet.DEPLOYMENTS) {
                    labels.put(id, String.valueOf(resource.get("label")));
                } else {
                    keys.put(id, String.valueOf(resource.get("key")));
                }
            }
            listed.put(set, found);
        }
        Set<String> groups = new HashSet<>();
        for (ResourceSet set : List.of(ResourceSet.MUTEXES, ResourceSet.HOLDOUTS)) {
            listed.getOrDefault(set, List.of()).forEach(group -> groups.add(String.valueOf(group.get("id"))));
        }
        for (ResourceSet set : ResourceSet.values()) {
            all.add(
                    client,
                    set,
                    listed.getOrDefault(set, List.of()),
                    resource ->
                            PortableForm.of(PortableForm.withoutGroups(resource, groups), name(labels), name(keys)));
        }
        return all;
    }

    /** A reference to something archived keeps its id. */
    private static UnaryOperator<String> name(Map<String, String> names) {
        return id -> names.getOrDefault(id, id);
    }

    /** Lists leave out inclusions, so each resource is read by itself. */
    private void add(
            ManagementClient client,
            ResourceSet set,
            List<Map<String, @Nullable Object>> listed,
            UnaryOperator<Map<String, @Nullable Object>> form)
            throws IOException {
        List<String> paths = listed.stream()
                .map(resource -> "/" + set.path() + "/" + resource.get("id"))
                .toList();
        List<ManagementClient.Answer> answers = client.getAll(paths);
        for (int i = 0; i < paths.size(); i++) {
            Map<String, @Nullable Object> resource =
                    ManagementClient.object(paths.get(i), answers.get(i).body());
            String key = String.valueOf(resource.get(set == ResourceSet.DEPLOYMENTS ? "label" : "key"));
            ResourceName name = new ResourceName(String.valueOf(resource.get("projectId")), set, key);
            Present found = new Present(
                    String.valueOf(resource.get("id")),
                    version(paths.get(i), answers.get(i).entityTag()),
                    form.apply(resource));
            if (present.put(name, found) != null) {
                throw new IOException("two resources are named " + name + "; rename one of them");
            }
        }
    }

    private static long version(String path, @Nullable String entityTag) throws IOException {
        try {
            return Long.parseLong(String.valueOf(entityTag).replace("\"", "").replace("W/", ""));
        } catch (NumberFormatException e) {
            throw new IOException(path + ": the answer has no version in its ETag", e);
        }
    }

    SortedMap<ResourceName, Present> present() {
        return present;
    }

    Set<String> projects() {
        return projects;
    }

    /** The resources as files. */
    SortedMap<ResourceName, Map<String, @Nullable Object>> files() {
        SortedMap<ResourceName, Map<String, @Nullable Object>> files = new TreeMap<>();
        present.forEach((name, each) -> files.put(name, each.portable()));
        return files;
    }

    /** The version of each file. */
    Map<String, Long> versions() {
        Map<String, Long> versions = new TreeMap<>();
        present.forEach((name, each) -> versions.put(name.file(), each.version()));
        return versions;
    }
}
