package io.variate.management.format;

import io.variate.json.Problem;
import io.variate.json.Problems;
import io.variate.management.model.ManagedCohort;
import io.variate.management.model.ManagedDeployment;
import io.variate.management.model.ManagedProject;
import io.variate.management.model.MutexGroup;
import io.variate.management.model.Resource;
import io.variate.management.model.ResourceKind;
import io.variate.management.model.Slot;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads resources from JSON: strictly, for what people send is stored. Unknown fields, wrong types and everything beyond
 * {@link Limits} are problems with paths. Stateless, hence thread-safe.
 */
public final class ResourceReader {
    private static final Set<String> DEPLOYMENT_FIELDS = Set.of(
            "id",
            "projectId",
            "label",
            "key",
            "type",
            "zone",
            "cacheSeconds",
            "remoteRules",
            "evaluationId",
            "allFlags",
            "otherFlags",
            "previousKey",
            "deleted");
    private static final Set<String> COHORT_FIELDS = Set.of("id", "projectId", "key", "deleted", "definition");
    private static final Set<String> PROJECT_FIELDS =
            Set.of("id", "projectId", "name", "description", "production", "settings", "deleted");

    private static final Pattern PROJECT = Pattern.compile("[A-Za-z0-9._-]{1,128}");
    private static final int MAX_CACHE_SECONDS = 31_536_000;

    private ResourceReader() {}

    /**
     * Reads a resource as {@link ResourceWriter} writes it. Fields may be absent if they have a default.
     *
     * @param tree of {@link io.variate.json.Json#parseStrict}
     * @return null if problems have been added that are errors
     */
    public static @Nullable Resource read(ResourceKind kind, @Nullable Object tree, Problems problems) {
        int before = problems.found().size();
        Fields fields = Fields.of(tree, problems);
        Resource resource =
                switch (kind) {
                    case FLAG, EXPERIMENT -> FlagFormat.read(kind, fields);
                    case MUTEX, HOLDOUT -> group(kind, fields);
                    case DEPLOYMENT -> deployment(fields);
                    case COHORT -> cohort(fields);
                    case PROJECT -> project(fields, project(fields));
                };
        return hasErrors(problems, before) ? null : resource;
    }

    /**
     * Replaces members of a slot of a mutual exclusion group.
     *
     * @param index from 1 to the number of slots
     * @param tree with any of {@code experiments}, {@code holdouts}, {@code individuals}, {@code cohorts}, {@code name}
     * @return null if problems have been added that are errors
     */
    public static @Nullable MutexGroup patchSlot(
            MutexGroup group, int index, @Nullable Object tree, Problems problems) {
        int before = problems.found().size();
        Slot slot = GroupFormat.patchSlot(group.slots().get(index - 1), index, tree, problems);
        return hasErrors(problems, before) ? null : group.withSlot(index, slot);
    }

    static boolean hasErrors(Problems problems, int from) {
        List<Problem> found = problems.found();
        return found.subList(from, found.size()).stream().anyMatch(Problem::isError);
    }

    private static Resource group(ResourceKind kind, Fields fields) {
        if (!fields.reader().bool("managed", true)) {
            return FlagFormat.read(kind, fields);
        }
        return kind == ResourceKind.MUTEX ? GroupFormat.mutex(fields) : GroupFormat.holdout(fields);
    }

    private static ManagedDeployment deployment(Fields fields) {
        fields.rejectUnknown(DEPLOYMENT_FIELDS);
        int cacheSeconds = fields.has("cacheSeconds") ? fields.integer("cacheSeconds", 0, MAX_CACHE_SECONDS) : 0;
        boolean remoteRules = fields.reader().bool("remoteRules", false);
        boolean evaluationId = fields.reader().bool("evaluationId", false);
        ManagedDeployment.Type type = fields.choice(
                "type", ManagedDeployment.Type.values(), ManagedDeployment.Type::text, ManagedDeployment.Type.SERVER);
        if (!fields.has("type")) {
            fields.at("type").add("", "is required");
        }
        if (remoteRules && type == ManagedDeployment.Type.CLIENT) {
            fields.at("remoteRules")
                    .add("", "requires the type \"server\", because keys of type \"client\" are public");
        }
        if (evaluationId && cacheSeconds > 0) {
            fields.at("cacheSeconds").add("", "must be 0 with evaluationId, which makes every response unique");
        }
        return new ManagedDeployment(
                id(fields),
                project(fields),
                credential(fields),
                fields.key("label", Limits.NAME),
                type,
                fields.has("zone") ? fields.key("zone", Limits.NAME) : null,
                cacheSeconds,
                remoteRules,
                evaluationId,
                fields.reader().bool("allFlags", false),
                fields.texts("otherFlags", Limits.VALUES, Limits.ROW_KEY),
                fields.reader().bool("deleted", false),
                fields.has("previousKey")
                        ? previousKey(Fields.of(fields.reader().value("previousKey"), fields.at("previousKey")))
                        : null);
    }

    private static ManagedDeployment.@Nullable PreviousKey previousKey(Fields fields) {
        fields.rejectUnknown(Set.of("key", "expiresAt"));
        String key = credential(fields);
        try {
            return new ManagedDeployment.PreviousKey(key, Instant.parse(fields.key("expiresAt", Limits.NAME)));
        } catch (DateTimeException e) {
            fields.at("expiresAt").add("", "must be a time in UTC, such as \"2030-01-31T12:00:00Z\"");
            return null;
        }
    }

    private static String credential(Fields fields) {
        String key = fields.key("key", Limits.ROW_KEY);
        if (!key.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            fields.at("key").add("", "must consist of visible ASCII characters, because clients send it in a header");
        }
        return key;
    }

    private static ManagedCohort cohort(Fields fields) {
        fields.rejectUnknown(COHORT_FIELDS);
        return new ManagedCohort(
                id(fields),
                project(fields),
                fields.key("key", Limits.ROW_KEY),
                Definitions.read(fields, "definition"),
                fields.reader().bool("deleted", false));
    }

    private static ManagedProject project(Fields fields, String project) {
        fields.rejectUnknown(PROJECT_FIELDS);
        return new ManagedProject(
                id(fields),
                project,
                fields.text("name", Limits.NAME, project),
                fields.text("description", Limits.DESCRIPTION, ""),
                fields.reader().bool("production", false),
                fields.has("settings") ? Definitions.read(fields, "settings") : ManagedProject.NO_SETTINGS,
                fields.reader().bool("deleted", false));
    }

    static long id(Fields fields) {
        Object value = fields.reader().value("id");
        return value == null ? Resource.UNSAVED : Fields.id(value, fields.at("id"));
    }

    /** Reads the project, which is required. */
    static String project(Fields fields) {
        Object value = fields.reader().value("projectId");
        if (value instanceof Long number) {
            value = number.toString();
        }
        if (value == null) {
            fields.at("projectId").add("", "is required");
            return "";
        }
        if (value instanceof String id && PROJECT.matcher(id).matches()) {
            return ProjectIds.project(id);
        }
        fields.at("projectId").add("", "must be the id of a project: letters, digits, '.', '_' and '-'");
        return "";
    }
}
