package io.variate.commandline.resources;

import io.variate.json.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What must change on a server so that it has the resources of a directory. A resource without a file is archived if the
 * directory was exported with it, else left alone. Single use.
 */
final class Plan {
    /** Fields that files leave out at their default. */
    private static final Map<String, Object> DEFAULTS =
            Map.of("inclusions", Map.of(), "testInstrumentation", false, "metadata", Map.of(), "otherFlags", List.of());

    /** Fields that only the creation of an experiment sets. */
    private static final Set<String> SET_ONCE = Set.of("run", "managed");

    private final SortedMap<ResourceName, Map<String, @Nullable Object>> files;
    private final Map<String, Long> versions;
    private final ServerResources server;
    private final List<Map<String, @Nullable Object>> writes = new ArrayList<>();
    private final List<String> lines = new ArrayList<>();
    private final List<String> conflicts = new ArrayList<>();

    /** The ids of resources in a batch: those of the server, and names of new ones. */
    private final Map<ResourceName, String> ids = new HashMap<>();

    private final Set<String> changedProjects = new TreeSet<>();

    private Plan(
            SortedMap<ResourceName, Map<String, @Nullable Object>> files,
            Map<String, Long> versions,
            ServerResources server) {
        this.files = files;
        this.versions = versions;
        this.server = server;
    }

    /**
     * Compares a directory with a server.
     *
     * @param versions the version of each file that the directory is based on
     */
    static Plan of(
            SortedMap<ResourceName, Map<String, @Nullable Object>> files,
            Map<String, Long> versions,
            ServerResources server) {
        Plan plan = new Plan(files, versions, server);
        plan.compare();
        return plan;
    }

    /** The writes of a batch. */
    List<Map<String, @Nullable Object>> writes() {
        return writes;
    }

    /** The changes, for people. */
    List<String> lines() {
        return lines;
    }

    /** Why the plan cannot be applied. */
    List<String> conflicts() {
        return conflicts;
    }

    /** The projects in which flags change. */
    Set<String> changedProjects() {
        return changedProjects;
    }

    private void compare() {
        server.present().forEach((name, present) -> ids.put(name, present.id()));
        for (ResourceName name : ordered()) {
            Map<String, @Nullable Object> file = Objects.requireNonNull(files.get(name));
            ServerResources.Present present = server.present().get(name);
            if (present == null) {
                create(name, file);
            } else {
                update(name, file, present);
            }
        }
        server.present().forEach((name, present) -> {
            if (!files.containsKey(name)) {
                archive(name, present);
            }
        });
    }

    /** Deployments first, then flags after the flags on which they depend, then groups. */
    private List<ResourceName> ordered() {
        Set<ResourceName> ordered = new LinkedHashSet<>();
        for (ResourceName name : files.keySet()) {
            if (name.set() == ResourceSet.DEPLOYMENTS) {
                ordered.add(name);
            }
        }
        files.keySet().forEach(name -> addAfterParents(name, new LinkedHashSet<>(), ordered));
        return List.copyOf(ordered);
    }

    private void addAfterParents(ResourceName name, Set<ResourceName> path, Set<ResourceName> ordered) {
        Map<String, @Nullable Object> file = files.get(name);
        if (file == null || ordered.contains(name) || !path.add(name)) {
            return;
        }
        for (String key : PortableForm.references(file)) {
            ResourceName parent = find(name.project(), key);
            if (parent != null) {
                addAfterParents(parent, path, ordered);
            }
        }
        ordered.add(name);
    }

    private @Nullable ResourceName find(String project, String key) {
        for (ResourceSet set : ResourceSet.values()) {
            ResourceName name = new ResourceName(project, set, key);
            if (set != ResourceSet.DEPLOYMENTS && (files.containsKey(name) || ids.containsKey(name))) {
                return name;
            }
        }
        return null;
    }

    private void create(ResourceName name, Map<String, @Nullable Object> file) {
        if (!server.projects().contains(name.project())) {
            conflicts.add(name + ": the server has no project " + name.project());
        }
        Map<String, @Nullable Object> body = new LinkedHashMap<>();
        body.put("projectId", name.project());
        if (name.set() != ResourceSet.DEPLOYMENTS) {
            body.put("key", name.key());
        }
        body.putAll(withIds(name, file));
        body.remove("managed");
        String reference = "r" + writes.size();
        Map<String, @Nullable Object> write = new LinkedHashMap<>();
        write.put("as", reference);
        write.put("method", "POST");
        boolean raw = body.containsKey("definition");
        write.put("path", "/" + (raw ? ResourceSet.FLAGS : name.set()).path());
        write.put("body", body);
        add(name, write, "+ " + name);
        ids.put(name, "$" + reference);
    }

    private void update(ResourceName name, Map<String, @Nullable Object> file, ServerResources.Present present) {
        Map<String, @Nullable Object> changed = new LinkedHashMap<>();
        List<String> changes = new ArrayList<>();
        Set<String> fields = new LinkedHashSet<>(file.keySet());
        DEFAULTS.keySet().stream().filter(present.portable()::containsKey).forEach(fields::add);
        for (String field : fields) {
            Object before = present.portable().getOrDefault(field, DEFAULTS.get(field));
            Object after = file.getOrDefault(field, DEFAULTS.get(field));
            if (Json.write(before).equals(Json.write(after))) {
                continue;
            }
            if (SET_ONCE.contains(field)) {
                conflicts.add(name + ": " + field + " cannot be changed through files");
            }
            changed.put(field, after);
            changes.add("    " + field + ": " + shortened(before) + " -> " + shortened(after));
        }
        if (changed.isEmpty()) {
            return;
        }
        String base = base(name, present);
        Map<String, @Nullable Object> write = new LinkedHashMap<>();
        write.put("method", "PATCH");
        write.put("path", "/" + name.set().path() + "/" + present.id());
        write.put("ifMatch", base);
        write.put("body", withIds(name, changed));
        add(name, write, "~ " + name);
        lines.addAll(changes);
    }

    private void archive(ResourceName name, ServerResources.Present present) {
        if (!versions.containsKey(name.file())) {
            lines.add("  " + name + ": only on the server, left alone");
            return;
        }
        String base = base(name, present);
        Map<String, @Nullable Object> write = new LinkedHashMap<>();
        write.put("method", "PATCH");
        write.put("path", "/" + name.set().path() + "/" + present.id());
        write.put("ifMatch", base);
        write.put("body", Map.of("archive", true));
        add(name, write, "- " + name);
    }

    private void add(ResourceName name, Map<String, @Nullable Object> write, String line) {
        writes.add(write);
        lines.add(line);
        changedProjects.add(name.project());
    }

    /** The version that a write is based on: that of the export, not that of the server. */
    private String base(ResourceName name, ServerResources.Present present) {
        Long version = versions.get(name.file());
        if (version == null) {
            conflicts.add(name + ": exists on the server, but was not exported to this directory");
        } else if (version != present.version()) {
            conflicts.add(name + ": was exported at version " + version + ", the server has version "
                    + present.version() + "; export again and merge");
        }
        return "\"" + (version == null ? present.version() : version) + "\"";
    }

    private Map<String, @Nullable Object> withIds(ResourceName name, Map<String, @Nullable Object> resource) {
        UnaryOperator<String> deployments =
                label -> id(name, new ResourceName(name.project(), ResourceSet.DEPLOYMENTS, label), label);
        return PortableForm.renamed(resource, deployments, key -> id(name, find(name.project(), key), key));
    }

    private String id(ResourceName from, @Nullable ResourceName to, String text) {
        String id = to == null ? null : ids.get(to);
        if (id != null) {
            return id;
        }
        conflicts.add(from + ": refers to '" + text + "', which is neither in a file nor on the server");
        return text;
    }

    private static String shortened(@Nullable Object value) {
        String text = Json.write(value);
        return text.length() <= 100 ? text : text.substring(0, 100) + "…";
    }
}
