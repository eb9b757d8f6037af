package io.variate.management.format;

import io.variate.json.Problems;
import io.variate.management.model.AllocationMode;
import io.variate.management.model.ManagedFlag;
import io.variate.management.model.RawFlag;
import io.variate.management.model.Resource;
import io.variate.management.model.TargetSegment;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Some fields of a resource with new values, as the body of a {@code PATCH} has them. A field that is absent stays; lists
 * and objects are replaced as a whole. {@code archive} stands for {@code deleted}. Immutable.
 *
 * @param fields the values by the name of their field
 */
public record ResourcePatch(Map<String, @Nullable Object> fields) {
    private static final String ARCHIVE = "archive";

    /** Fields for which null is a value. */
    private static final Set<String> NULLABLE = Set.of(
            "startDate",
            "endDate",
            "decision",
            "decisionReason",
            "rolledOutVariant",
            "exposureEvent",
            "zone",
            "description");

    /** Fields of an experiment that may be set at its creation, and that only the server changes then. */
    private static final Set<String> PROGRESS = Set.of("run", "state");

    /** Fields that identify a resource, or that only the server changes. */
    private static final Set<String> FIXED = Set.of("id", "projectId", "key", "managed", "deleted", "run", "state");

    private static final Set<String> MUTEX = Set.of("name", "description", "slots", ARCHIVE);
    private static final Set<String> HOLDOUT = Set.of(
            "name",
            "description",
            "holdoutPercentage",
            "experiments",
            "individualInclusion",
            "individualExclusion",
            ARCHIVE);
    private static final Set<String> DEPLOYMENT =
            Set.of("label", "zone", "cacheSeconds", "remoteRules", "evaluationId", "allFlags", "otherFlags", ARCHIVE);
    private static final Set<String> COHORT = Set.of("definition", ARCHIVE);
    private static final Set<String> PROJECT = Set.of("name", "description", "production", "settings", ARCHIVE);
    private static final Set<String> RAW = Set.of("name", "description", "tags", "deployments", "definition", ARCHIVE);

    /**
     * The body of a {@code POST} that creates a flag or an experiment, with the defaults of the API. A body with a {@code
     * definition} creates a raw flag, whose metadata decide its kind.
     *
     * @param base of {@link ManagedFlag#create}, in the right project and with the key of the body
     * @param body without {@code projectId} and {@code key}
     * @return null if problems have been added
     */
    public static @Nullable Resource create(ManagedFlag base, Map<String, @Nullable Object> body, Problems problems) {
        if (body.containsKey("definition")) {
            return createRaw(base, body, problems);
        }
        Map<String, @Nullable Object> fields = new LinkedHashMap<>(body);
        if (fields.get("variants") instanceof List<?> variants && !fields.containsKey(SegmentFormat.ROLLOUT_WEIGHTS)) {
            Map<String, @Nullable Object> weights = new LinkedHashMap<>();
            variants.forEach(each -> {
                if (each instanceof Map<?, ?> variant && variant.get("key") instanceof String key) {
                    weights.put(key, 1L);
                }
            });
            fields.put(SegmentFormat.ROLLOUT_WEIGHTS, weights);
        }
        Set<String> creatable = new HashSet<>(editable(base));
        if (base.experiment() != null) {
            creatable.addAll(PROGRESS);
        }
        return new ResourcePatch(fields).applyTo(base, creatable, problems);
    }

    private static @Nullable Resource createRaw(
            ManagedFlag base, Map<String, @Nullable Object> body, Problems problems) {
        int before = problems.found().size();
        Fields fields = Fields.of(body, problems);
        String definition = Definitions.read(fields, "definition");
        RawFlag raw = new RawFlag(
                base.id(),
                base.project(),
                base.key(),
                FlagKind.of(definition),
                base.name(),
                base.description(),
                definition,
                base.deployments(),
                base.tags(),
                false);
        return ResourceReader.hasErrors(problems, before) ? null : new ResourcePatch(body).applyTo(raw, problems);
    }

    /** The fields that a patch of a resource may have. */
    public static Set<String> editable(Resource resource) {
        if (resource instanceof ManagedFlag flag) {
            Set<String> editable = new HashSet<>(FlagFormat.fields(flag.kind()));
            editable.removeAll(FIXED);
            editable.add(ARCHIVE);
            return editable;
        }
        if (resource instanceof RawFlag) {
            return RAW;
        }
        return switch (resource.kind()) {
            case FLAG, EXPERIMENT -> throw new IllegalStateException("a flag is managed or raw");
            case MUTEX -> MUTEX;
            case HOLDOUT -> HOLDOUT;
            case DEPLOYMENT -> DEPLOYMENT;
            case COHORT -> COHORT;
            case PROJECT -> PROJECT;
        };
    }

    /**
     * Applies the patch. A rollout keeps its allocation mode: target segments inherit it by their names.
     *
     * @return null if problems have been added that are errors
     */
    public @Nullable Resource applyTo(Resource resource, Problems problems) {
        return applyTo(resource, editable(resource), problems);
    }

    private @Nullable Resource applyTo(Resource resource, Set<String> editable, Problems problems) {
        int before = problems.found().size();
        Map<String, @Nullable Object> tree = ResourceWriter.tree(resource);
        fields.forEach((name, value) -> {
            Problems place = problems.member(Fields.shortened(name));
            if (!editable.contains(name)) {
                place.add("", FIXED.contains(name) ? "cannot be changed" : "is not a known field");
            } else if (value == null && !NULLABLE.contains(name)) {
                place.add("", "must not be null");
            } else if (name.equals(ARCHIVE)) {
                if (value instanceof Boolean) {
                    tree.put("deleted", value);
                } else {
                    place.add("", "must be true or false");
                }
            } else {
                tree.put(name, value);
            }
        });
        if (resource instanceof ManagedFlag flag) {
            keepModes(flag, tree);
        }
        if (ResourceReader.hasErrors(problems, before)) {
            return null;
        }
        return ResourceReader.read(resource.kind(), tree, problems);
    }

    private void keepModes(ManagedFlag flag, Map<String, @Nullable Object> tree) {
        if (fields.get("rolloutPercentage") instanceof Number percentage
                && !fields.containsKey(SegmentFormat.ALLOCATION_MODE)
                && isFraction(percentage)) {
            tree.put(SegmentFormat.ALLOCATION_MODE, AllocationMode.FINE.text());
        }
        if (fields.get("targetSegments") instanceof List<?> segments) {
            List<@Nullable Object> kept = new ArrayList<>();
            segments.forEach(segment -> kept.add(keepMode(flag, segment)));
            tree.put("targetSegments", kept);
        }
    }

    private static @Nullable Object keepMode(ManagedFlag flag, @Nullable Object tree) {
        if (!(tree instanceof Map<?, ?> segment) || segment.containsKey(SegmentFormat.ALLOCATION_MODE)) {
            return tree;
        }
        boolean fine = flag.targetSegments().stream()
                .filter(present -> present.name().equals(segment.get("name")))
                .map(TargetSegment::rollout)
                .anyMatch(rollout -> rollout.mode() == AllocationMode.FINE
                        && rollout.percentage().signum() > 0);
        if (!fine) {
            return tree;
        }
        Map<Object, @Nullable Object> copy = new LinkedHashMap<>(segment);
        copy.put(SegmentFormat.ALLOCATION_MODE, AllocationMode.FINE.text());
        return copy;
    }

    private static boolean isFraction(Number percentage) {
        try {
            return !SegmentFormat.isWhole(new BigDecimal(percentage.toString()));
        } catch (NumberFormatException e) {
            return false;
        }
    }
}
