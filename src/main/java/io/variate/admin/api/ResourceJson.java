package io.variate.admin.api;

import io.variate.json.Json;
import io.variate.json.Problem;
import io.variate.management.Change;
import io.variate.management.Stored;
import io.variate.management.Version;
import io.variate.management.access.Caller;
import io.variate.management.access.Right;
import io.variate.management.comparison.FieldChange;
import io.variate.management.format.ProjectIds;
import io.variate.management.format.ResourceWriter;
import io.variate.management.model.ManagedDeployment;
import io.variate.management.model.ManagedProject;
import io.variate.management.model.MutexGroup;
import io.variate.management.model.Resource;
import io.variate.store.VersionSummary;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Resources, versions and changes as JSON trees in answers. Stateless. */
final class ResourceJson {
    /** UTC with milliseconds, as in Amplitude's samples. */
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private static final String INCLUSIONS = "inclusions";
    private static final int MOST_PATHS = 100;

    private ResourceJson() {}

    /** A resource in the detail of an answer. */
    static Map<String, @Nullable Object> detail(Stored stored, Caller caller) {
        Map<String, @Nullable Object> tree = resource(stored.resource(), caller);
        if (stored.resource() instanceof ManagedDeployment) {
            return tree;
        }
        tree.put("createdBy", stored.createdBy());
        tree.put("lastModifiedBy", stored.modifiedBy());
        tree.put("createdAt", time(stored.createdAt()));
        tree.put("lastModifiedAt", time(stored.modifiedAt()));
        return tree;
    }

    /** A resource in a list, without the inclusions, which may be thousands. */
    static Map<String, @Nullable Object> listed(Stored stored, Caller caller) {
        Map<String, @Nullable Object> tree = detail(stored, caller);
        tree.remove(INCLUSIONS);
        return tree;
    }

    /** A resource without what the service notes about it, and without credentials that the caller may not read. */
    static Map<String, @Nullable Object> resource(Resource resource, Caller caller) {
        if (resource instanceof ManagedProject project) {
            Map<String, @Nullable Object> tree = new LinkedHashMap<>();
            tree.put("id", ProjectIds.of(project.project()));
            tree.put("name", project.name());
            tree.put("description", project.description());
            tree.put("production", project.production());
            return tree;
        }
        Map<String, @Nullable Object> tree = ResourceWriter.tree(resource);
        if (resource instanceof ManagedDeployment
                && !caller.permits(Right.ADMINISTER, resource.project(), null, List.of())) {
            tree.remove("key");
            tree.remove("previousKey");
        }
        if (resource instanceof MutexGroup group && group.description().isEmpty()) {
            tree.put("description", null);
        }
        return tree;
    }

    /** A tree for comparisons: its numbers are as in storage. */
    static @Nullable Object comparable(Resource resource) {
        return Json.parseExact(ResourceWriter.json(resource));
    }

    static Map<String, @Nullable Object> version(Version version, Caller caller, boolean withCompiled) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("createdAt", time(version.createdAt()));
        tree.put("createdBy", version.createdBy());
        tree.put("version", version.version());
        tree.put("flagConfig", resource(version.resource(), caller));
        tree.put("revision", version.revision());
        tree.put("door", version.door());
        tree.put("reason", version.reason());
        if (withCompiled) {
            tree.put("compiled", RowText.tree(version.compiled()));
        }
        return tree;
    }

    /** A version without its definition, but with the paths of the fields that it changed. */
    static Map<String, @Nullable Object> version(VersionSummary version) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("version", version.version());
        tree.put("createdAt", time(version.createdAt()));
        tree.put("createdBy", version.createdBy());
        tree.put("door", version.door());
        tree.put("reason", version.reason());
        tree.put("revision", version.revision());
        tree.put("action", version.action());
        tree.put("changed", paths(version.definitionDiff()));
        return tree;
    }

    /** Null if the changes are unknown. */
    private static @Nullable List<String> paths(@Nullable String diff) {
        return RowText.tree(diff) instanceof List<?> changes
                ? changes.stream()
                        .map(change -> change instanceof Map<?, ?> fields ? String.valueOf(fields.get("path")) : "")
                        .limit(MOST_PATHS)
                        .toList()
                : null;
    }

    /** The id in JSON: of a project its key. */
    static String id(Resource resource) {
        return resource instanceof ManagedProject project
                ? ProjectIds.of(project.project())
                : String.valueOf(resource.id());
    }

    /** The path of a resource in this API. */
    static String url(Resource resource) {
        return PathTemplate.BASE + "/" + ResourceCollection.of(resource.kind()).path() + "/" + id(resource);
    }

    static Map<String, @Nullable Object> change(Change change) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("id", String.valueOf(change.id()));
        tree.put("action", change.action());
        tree.put("kind", change.kind().text());
        tree.put("projectId", ProjectIds.of(change.project()));
        tree.put("label", change.label());
        tree.put("version", change.version());
        tree.put("diff", FieldChange.toJson(change.definition()));
        tree.put("compiledDiff", FieldChange.toJson(change.compiled()));
        return tree;
    }

    static List<Map<String, @Nullable Object>> problems(Collection<Problem> problems) {
        return problems.stream().map(ResourceJson::problem).toList();
    }

    private static Map<String, @Nullable Object> problem(Problem problem) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("path", problem.path());
        tree.put("message", problem.reason());
        return tree;
    }

    static String time(Instant instant) {
        return TIME.format(instant);
    }
}
