package io.variate.commandline.resources;

import io.variate.json.Json;
import io.variate.json.JsonException;
import io.variate.json.Problem;
import io.variate.json.Problems;
import io.variate.management.format.ProjectIds;
import io.variate.management.format.ResourceReader;
import io.variate.management.format.ResourceWriter;
import io.variate.management.model.ManagedDeployment;
import io.variate.management.model.RawFlag;
import io.variate.management.model.Resource;
import io.variate.management.translation.Compilation;
import io.variate.management.translation.CompilerSettings;
import io.variate.management.translation.ResourceCompiler;
import io.variate.management.translation.ResourceIndex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Imports the objects of Amplitude's Management API. What they cannot be read as is reported and left out. Single use. */
final class ManagementImport {
    private static final Set<String> AUDIT = Set.of(
            "createdBy", "lastModifiedBy", "createdAt", "lastModifiedAt", "lastEvaluated", "deliveryMethod", "url");

    private final String project;
    private final List<Resource> resources = new ArrayList<>();
    private final List<String> report = new ArrayList<>();
    private final Set<String> groups = new HashSet<>();

    private ManagementImport(String project) {
        this.project = project;
    }

    /** Where objects come from. */
    interface Source {
        /** The objects of a set, such as {@code flags}. */
        List<Map<String, @Nullable Object>> list(String set) throws IOException;

        /** Who is included in a variant, by id of the flag; null if the source does not have it by itself. */
        @Nullable
        List<?> inclusions(String set, String id, String variant, String kind) throws IOException;
    }

    /** A JSON object with the lists {@code flags}, {@code experiments}, {@code mutexes}, {@code holdouts}, {@code deployments}. */
    static Source file(Path file) throws IOException {
        Map<String, @Nullable Object> document;
        try {
            document = ManagementClient.object(
                    file.toString(), Json.parseExact(Files.readString(file)) instanceof Map<?, ?> map ? map : "");
        } catch (JsonException e) {
            throw new IOException(file + " is not valid JSON: " + e.getMessage() + ", at " + e.path(), e);
        }
        return new Source() {
            @Override
            public List<Map<String, @Nullable Object>> list(String set) throws IOException {
                List<Map<String, @Nullable Object>> found = new ArrayList<>();
                if (document.get(set) instanceof List<?> elements) {
                    for (Object element : elements) {
                        found.add(ManagementClient.object(file + ": " + set, element));
                    }
                }
                return found;
            }

            @Override
            public @Nullable List<?> inclusions(String set, String id, String variant, String kind) {
                return null;
            }
        };
    }

    /** The API itself. */
    static Source server(ManagementClient client) {
        return new Source() {
            @Override
            public List<Map<String, @Nullable Object>> list(String set) throws IOException {
                return client.list(set);
            }

            @Override
            public @Nullable List<?> inclusions(String set, String id, String variant, String kind) throws IOException {
                String path = "/" + set + "/" + id + "/variants/"
                        + ManagementClient.encoded(variant).replace("+", "%20") + "/" + kind;
                ManagementClient.Answer answer = client.getIfPresent(path);
                try {
                    return answer != null && Json.parse(answer.body()) instanceof List<?> list ? list : null;
                } catch (JsonException e) {
                    throw new IOException(path + ": the answer is not valid JSON", e);
                }
            }
        };
    }

    static ResourceCommands.Imported read(Source source, String project) throws IOException {
        return new ManagementImport(project).read(source);
    }

    private ResourceCommands.Imported read(Source source) throws IOException {
        Map<ResourceSet, List<Map<String, @Nullable Object>>> listed = new EnumMap<>(ResourceSet.class);
        for (ResourceSet set : ResourceSet.values()) {
            listed.put(set, source.list(set.path()));
        }
        for (ResourceSet set : List.of(ResourceSet.MUTEXES, ResourceSet.HOLDOUTS)) {
            listed.getOrDefault(set, List.of()).forEach(group -> groups.add(String.valueOf(group.get("id"))));
        }
        for (ResourceSet set : ResourceSet.values()) {
            for (Map<String, @Nullable Object> tree : listed.getOrDefault(set, List.of())) {
                if (!Boolean.TRUE.equals(tree.get("deleted"))) {
                    read(source, set, tree);
                }
            }
        }
        Map<String, String> labels = new HashMap<>();
        Map<String, String> keys = new HashMap<>();
        for (Resource resource : resources) {
            if (resource instanceof ManagedDeployment deployment) {
                labels.put(String.valueOf(resource.id()), deployment.label());
            } else {
                keys.put(String.valueOf(resource.id()), resource.key());
            }
        }
        ResourceIndex index = new ResourceIndex(resources);
        SortedMap<ResourceName, Map<String, @Nullable Object>> files = new TreeMap<>();
        for (Resource resource : resources) {
            String key = resource instanceof ManagedDeployment deployment ? deployment.label() : resource.key();
            files.put(
                    new ResourceName(project, ResourceSet.of(resource.kind()), key),
                    PortableForm.of(
                            ResourceWriter.tree(resource),
                            id -> labels.getOrDefault(id, id),
                            id -> keys.getOrDefault(id, id)));
            report(resource.kind().text() + " " + key, resource, index);
        }
        return new ResourceCommands.Imported(files, report);
    }

    private void report(String name, Resource resource, ResourceIndex index) {
        report.add((resource instanceof RawFlag ? "raw: " : "managed: ") + name);
        Compilation compilation = ResourceCompiler.compile(resource, 1, index, CompilerSettings.DEFAULT);
        for (Problem problem : compilation.problems()) {
            report.add("  " + (problem.isError() ? "problem" : "warning") + ": " + problem.path() + ": "
                    + problem.reason());
        }
    }

    private void read(Source source, ResourceSet set, Map<String, @Nullable Object> tree) throws IOException {
        Map<String, @Nullable Object> copy = new LinkedHashMap<>(tree);
        copy.keySet().removeAll(AUDIT);
        copy.put("projectId", project);
        String name = set.kind().text() + " " + tree.get(set == ResourceSet.DEPLOYMENTS ? "label" : "key");
        switch (set) {
            case DEPLOYMENTS -> {
                boolean client = String.valueOf(tree.get("key")).startsWith("client");
                copy.putIfAbsent("type", client ? "client" : "server");
                copy.putIfAbsent("key", "imported");
            }
            case FLAGS, EXPERIMENTS -> {
                if (!Boolean.FALSE.equals(copy.get("managed"))) {
                    copy.putIfAbsent("inclusions", inclusions(source, set, tree));
                }
                copy = PortableForm.withoutGroups(copy, groups);
            }
            case HOLDOUTS, MUTEXES -> copy.values().removeIf(value -> value == null);
        }
        List<Problem> found = new ArrayList<>();
        Resource resource = ResourceReader.read(set.kind(), copy, new Problems("", found));
        if (resource == null) {
            report.add("not imported: " + name + ": " + found.get(0).path() + ": "
                    + found.get(0).reason());
        } else {
            resources.add(resource.withProject(ProjectIds.project(project)));
        }
    }

    private static Map<String, @Nullable Object> inclusions(
            Source source, ResourceSet set, Map<String, @Nullable Object> flag) throws IOException {
        Map<String, @Nullable Object> inclusions = new LinkedHashMap<>();
        List<String> variants = new ArrayList<>(List.of("off"));
        if (flag.get("variants") instanceof List<?> list) {
            list.forEach(each ->
                    variants.add(String.valueOf(each instanceof Map<?, ?> variant ? variant.get("key") : each)));
        }
        for (String variant : variants) {
            String id = String.valueOf(flag.get("id"));
            List<?> users = source.inclusions(set.path(), id, variant, "users");
            List<?> cohorts = source.inclusions(set.path(), id, variant, "cohorts");
            if ((users != null && !users.isEmpty()) || (cohorts != null && !cohorts.isEmpty())) {
                Map<String, @Nullable Object> included = new LinkedHashMap<>();
                included.put("users", users == null ? List.of() : users);
                included.put("cohorts", cohorts == null ? List.of() : cohorts);
                inclusions.put(variant, included);
            }
        }
        return inclusions;
    }
}
