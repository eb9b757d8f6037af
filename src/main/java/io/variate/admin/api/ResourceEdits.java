package io.variate.admin.api;

import io.variate.json.ObjectReader;
import io.variate.json.Problem;
import io.variate.json.Problems;
import io.variate.management.RejectedWriteException;
import io.variate.management.format.ProjectIds;
import io.variate.management.format.ResourcePatch;
import io.variate.management.format.ResourceReader;
import io.variate.management.model.Bucketing;
import io.variate.management.model.HoldoutGroup;
import io.variate.management.model.ManagedDeployment;
import io.variate.management.model.ManagedFlag;
import io.variate.management.model.MutexGroup;
import io.variate.management.model.RawFlag;
import io.variate.management.model.Resource;
import io.variate.management.model.ResourceKind;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** New resources and edits of whole resources, from the bodies of requests. Stateless. */
final class ResourceEdits {
    private static final String PROJECT = "projectId";
    private static final String KEY = "key";
    private static final String ARCHIVE = "archive";
    private static final String LABEL = "label";
    private static final String TYPE = "type";

    /** Drawn by the service. */
    private static final String TO_DRAW = "";

    /** Source: Amplitude's Management API. */
    private static final Pattern LABEL_PATTERN = Pattern.compile("[A-Za-z0-9_-]{1,200}");

    private static final Set<String> DEPLOYMENT_FIELDS =
            Set.of(PROJECT, LABEL, TYPE, "zone", "cacheSeconds", "remoteRules", "evaluationId", "allFlags");

    private ResourceEdits() {}

    // Creation

    static Resource flag(ResourceKind kind, WriteRequest request) {
        return request.read(problems -> {
            ObjectReader body = ObjectReader.of(request.body(), problems);
            Map<String, @Nullable Object> fields = new LinkedHashMap<>(body.members());
            fields.remove(PROJECT);
            fields.remove(KEY);
            String project = project(body);
            String key = body.nonEmptyString(KEY);
            if (problems.found().stream().anyMatch(Problem::isError)) {
                return null;
            }
            ManagedFlag base = ManagedFlag.create(kind, project, key, Bucketing.AMPLITUDE_ID, TO_DRAW);
            return ResourcePatch.create(base, fields, problems);
        });
    }

    static Resource group(ResourceKind kind, WriteRequest request) {
        return request.read(problems -> {
            ObjectReader body = ObjectReader.of(request.body(), problems);
            body.string("name");
            Map<String, @Nullable Object> tree = new LinkedHashMap<>(body.members());
            rejectServerFields(tree, problems);
            // Amplitude's samples have a null description.
            tree.values().removeIf(value -> value == null);
            boolean hasKey = tree.putIfAbsent(KEY, kind.text()) != null;
            Resource group = ResourceReader.read(kind, tree, problems);
            return hasKey || group == null ? group : withKeyToDraw(group);
        });
    }

    static Resource deployment(WriteRequest request) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        // Amplitude's documents call them query parameters, and send them as JSON.
        for (String name : new String[] {PROJECT, LABEL, TYPE}) {
            String value = request.query().optional(name);
            if (value != null) {
                fields.put(name, value);
            }
        }
        if (request.body() != null || fields.isEmpty()) {
            request.rejectOthers(DEPLOYMENT_FIELDS);
            fields.putAll(request.members());
        }
        return request.read(problems -> {
            requireLabel(fields, problems);
            Map<String, @Nullable Object> tree = new LinkedHashMap<>(fields);
            tree.put(KEY, TYPE);
            return ResourceReader.read(ResourceKind.DEPLOYMENT, tree, problems) instanceof ManagedDeployment read
                    ? read.withKey(TO_DRAW)
                    : null;
        });
    }

    static Resource project(WriteRequest request) {
        request.rejectOthers(Set.of("id", "name", "description", "production"));
        return request.read(problems -> {
            ObjectReader body = ObjectReader.of(request.body(), problems);
            Map<String, @Nullable Object> tree = new LinkedHashMap<>(body.members());
            tree.remove("id");
            tree.put(PROJECT, body.string("id"));
            return ResourceReader.read(ResourceKind.PROJECT, tree, problems);
        });
    }

    private static Resource withKeyToDraw(Resource group) {
        if (group instanceof MutexGroup mutex) {
            return new MutexGroup(
                    mutex.id(),
                    mutex.project(),
                    TO_DRAW,
                    mutex.name(),
                    mutex.description(),
                    mutex.evaluationMode(),
                    mutex.bucketing(),
                    mutex.slots(),
                    false);
        }
        HoldoutGroup holdout = (HoldoutGroup) group;
        return new HoldoutGroup(
                holdout.id(),
                holdout.project(),
                TO_DRAW,
                holdout.name(),
                holdout.description(),
                holdout.percentage(),
                holdout.evaluationMode(),
                holdout.bucketing(),
                holdout.variantName(),
                holdout.experiments(),
                holdout.individualInclusion(),
                holdout.individualExclusion(),
                false);
    }

    private static String project(ObjectReader body) {
        Object value = body.value(PROJECT);
        String id = value instanceof Long number ? number.toString() : body.nonEmptyString(PROJECT);
        return ProjectIds.project(id);
    }

    /** Fields that only the server writes. */
    private static void rejectServerFields(Map<String, @Nullable Object> tree, Problems problems) {
        for (String name : Set.of("id", "deleted", "managed")) {
            if (tree.containsKey(name)) {
                problems.member(name).add("", "is not a known field");
            }
        }
    }

    private static void requireLabel(Map<String, @Nullable Object> fields, Problems problems) {
        if (fields.get(LABEL) instanceof String label
                && !LABEL_PATTERN.matcher(label).matches()) {
            problems.member(LABEL).add("", "must have 1 to 200 letters, digits, _ or -");
        }
    }

    // Edits

    static UnaryOperator<Resource> patch(WriteRequest request) {
        Map<String, @Nullable Object> fields = request.members();
        return resource -> {
            FlagEdits.rejectWeb(resource);
            if (resource instanceof RawFlag raw) {
                rejectManagedFields(raw, fields);
            }
            return request.read(problems -> {
                requireLabel(fields, problems);
                return new ResourcePatch(fields).applyTo(resource, problems);
            });
        };
    }

    static UnaryOperator<Resource> patchProject(WriteRequest request) {
        request.rejectOthers(Set.of("name", "description", "production"));
        return patch(request);
    }

    /** As {@link #patch}, but archiving ignores all other fields. Source: Amplitude's Management API. */
    static UnaryOperator<Resource> patchGroup(WriteRequest request) {
        if (Boolean.TRUE.equals(request.members().get(ARCHIVE))) {
            return resource -> resource.withArchived(true);
        }
        return patch(request);
    }

    static UnaryOperator<Resource> patchSlot(WriteRequest request) {
        String text = request.parameter("slot");
        return resource -> {
            if (!(resource instanceof MutexGroup group)) {
                throw FlagEdits.notManaged(null);
            }
            int index = text.matches("[1-9][0-9]?") ? Integer.parseInt(text) : 0;
            if (index < 1 || index > group.slots().size()) {
                throw new RejectedWriteException(
                        404,
                        "unknown_slot",
                        "the group has slots 1 to " + group.slots().size(),
                        "slot");
            }
            return request.read(problems -> ResourceReader.patchSlot(group, index, request.body(), problems));
        };
    }

    /** Distinguishes fields that a managed flag has from unknown ones. */
    private static void rejectManagedFields(RawFlag raw, Map<String, @Nullable Object> fields) {
        if (raw.kind() != ResourceKind.FLAG && raw.kind() != ResourceKind.EXPERIMENT) {
            return;
        }
        Set<String> ofRaw = ResourcePatch.editable(raw);
        Set<String> ofManaged = ResourcePatch.editable(
                ManagedFlag.create(raw.kind(), raw.project(), raw.key(), Bucketing.AMPLITUDE_ID, TO_DRAW));
        for (String name : fields.keySet()) {
            if (!ofRaw.contains(name) && ofManaged.contains(name)) {
                throw FlagEdits.notManaged(name);
            }
        }
    }
}
