package io.variate.management.format;

import io.variate.json.ObjectReader;
import io.variate.json.Problems;
import io.variate.management.model.Bucketing;
import io.variate.management.model.EvaluationMode;
import io.variate.management.model.ExperimentDetails;
import io.variate.management.model.FlagVariant;
import io.variate.management.model.Inclusions;
import io.variate.management.model.ManagedFlag;
import io.variate.management.model.ParentDependencies;
import io.variate.management.model.RawFlag;
import io.variate.management.model.Resource;
import io.variate.management.model.ResourceKind;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Flags and experiments as JSON, managed and raw. */
final class FlagFormat {
    private static final String MANAGED = "managed";
    private static final String DEFINITION = "definition";
    private static final String INCLUSIONS = "inclusions";
    private static final String TEST_INSTRUMENTATION = "testInstrumentation";
    private static final String METADATA = "metadata";
    private static final String OPERATOR = "operator";

    /** Metadata that only the compiler sets. */
    private static final Set<String> COMPILED_METADATA =
            Set.of("evaluationMode", "experimentKey", "flagType", "flagVersion");

    private static final Set<String> RAW_FIELDS = Set.of(
            "id", "projectId", "deployments", "key", "name", "description", "tags", "deleted", MANAGED, DEFINITION);

    private static final Set<String> FLAG_FIELDS = Set.of(
            "id",
            "projectId",
            "deployments",
            "key",
            "name",
            "description",
            "enabled",
            "evaluationMode",
            "bucketingKey",
            "bucketingSalt",
            "bucketingUnit",
            "variants",
            "rolloutPercentage",
            SegmentFormat.ROLLOUT_WEIGHTS,
            "targetSegments",
            "parentDependencies",
            "tags",
            "deleted",
            MANAGED,
            SegmentFormat.ALLOCATION_MODE,
            INCLUSIONS,
            TEST_INSTRUMENTATION,
            METADATA);

    private static final Set<String> EXPERIMENT_FIELDS = experimentFields();

    private final Fields fields;

    private FlagFormat(Fields fields) {
        this.fields = fields;
    }

    private static Set<String> experimentFields() {
        Set<String> all = new HashSet<>(FLAG_FIELDS);
        all.addAll(List.of(
                "experimentType",
                "stickyBucketing",
                "state",
                "startDate",
                "endDate",
                "decision",
                "decisionReason",
                "rolledOutVariant",
                "exposureEvent",
                "run"));
        return Set.copyOf(all);
    }

    static Set<String> fields(ResourceKind kind) {
        return kind == ResourceKind.EXPERIMENT ? EXPERIMENT_FIELDS : FLAG_FIELDS;
    }

    static Resource read(ResourceKind kind, Fields fields) {
        return fields.reader().bool(MANAGED, true)
                ? new FlagFormat(fields).managed(kind)
                : new FlagFormat(fields).raw(kind);
    }

    private ManagedFlag managed(ResourceKind kind) {
        fields.rejectUnknown(fields(kind));
        String key = fields.key("key", Limits.KEY);
        return new ManagedFlag(
                ResourceReader.id(fields),
                ResourceReader.project(fields),
                key,
                fields.text("name", Limits.NAME, key),
                fields.text("description", Limits.DESCRIPTION, ""),
                fields.reader().bool("enabled", false),
                mode(fields),
                bucketing(fields),
                variants(),
                SegmentFormat.rollout(fields, "rolloutPercentage"),
                fields.list("targetSegments", Limits.SEGMENTS, SegmentFormat::read),
                dependencies(),
                inclusions(),
                fields.ids("deployments", Limits.DEPLOYMENTS),
                tags(),
                fields.reader().bool(TEST_INSTRUMENTATION, false),
                metadata(),
                kind == ResourceKind.EXPERIMENT ? experiment() : null,
                fields.reader().bool("deleted", false));
    }

    static EvaluationMode mode(Fields fields) {
        return fields.choice("evaluationMode", EvaluationMode.values(), EvaluationMode::text, EvaluationMode.REMOTE);
    }

    static Bucketing bucketing(Fields fields) {
        return new Bucketing(
                fields.has("bucketingKey") ? fields.key("bucketingKey", Limits.VALUE) : Bucketing.AMPLITUDE_ID,
                fields.text("bucketingSalt", Limits.NAME, ""),
                fields.has("bucketingUnit") ? fields.key("bucketingUnit", Limits.NAME) : Bucketing.USER);
    }

    private List<FlagVariant> variants() {
        List<FlagVariant> variants = fields.list("variants", Limits.VARIANTS, VariantFormat::read);
        if (variants.isEmpty() && !(fields.reader().value("variants") instanceof List<?> list && !list.isEmpty())) {
            fields.at("variants").add("", "must have at least one variant");
        }
        Set<String> keys = new HashSet<>();
        for (int i = 0; i < variants.size(); i++) {
            if (!keys.add(variants.get(i).key())) {
                fields.at("variants").element(i).member("key").add("", "is the key of an earlier variant");
            }
        }
        return variants;
    }

    private List<String> tags() {
        return List.copyOf(new LinkedHashSet<>(fields.texts("tags", Limits.TAGS, Limits.TAG)));
    }

    private ParentDependencies dependencies() {
        ObjectReader tree = fields.reader().optionalObject("parentDependencies");
        if (tree == null) {
            return ParentDependencies.NONE;
        }
        Fields parents = new Fields(tree);
        parents.rejectUnknown(Set.of("flags", OPERATOR));
        Map<Long, List<String>> flags = new LinkedHashMap<>();
        parents.map("flags", Limits.PARENTS, (value, problems) -> variantKeys(value, problems))
                .forEach((id, variants) ->
                        flags.put(Fields.id(id, parents.at("flags").member(Fields.shortened(id))), variants));
        return new ParentDependencies(
                flags,
                parents.choice(
                        OPERATOR,
                        ParentDependencies.Operator.values(),
                        operator -> operator.name().toLowerCase(Locale.ROOT),
                        ParentDependencies.Operator.ALL));
    }

    private static List<String> variantKeys(@Nullable Object value, Problems problems) {
        return value instanceof List<?> list && list.size() > Limits.VARIANTS
                ? Fields.of(Map.of("keys", list), problems).texts("keys", Limits.VARIANTS, Limits.KEY)
                : ObjectReader.list(value, problems, (key, at) -> Fields.key(key, at, Limits.KEY));
    }

    private Map<String, Inclusions> inclusions() {
        Map<String, Inclusions> inclusions = fields.map(INCLUSIONS, Limits.VARIANTS + 1, VariantFormat::inclusions);
        Set<Object> known = new HashSet<>(Set.of(FlagVariant.OFF));
        if (fields.reader().value("variants") instanceof List<?> variants) {
            variants.forEach(each -> known.add(each instanceof Map<?, ?> variant ? variant.get("key") : null));
        }
        inclusions.keySet().stream().filter(variant -> !known.contains(variant)).forEach(variant -> fields.at(
                        INCLUSIONS)
                .member(Fields.shortened(variant))
                .add("", "no variant of the flag has this key"));
        return inclusions;
    }

    private Map<String, @Nullable Object> metadata() {
        Map<String, @Nullable Object> metadata = fields.reader().optionalTree(METADATA);
        if (metadata == null) {
            return Map.of();
        }
        metadata.keySet().stream()
                .filter(COMPILED_METADATA::contains)
                .forEach(name -> fields.at(METADATA).member(name).add("", "is set by the server"));
        return metadata;
    }

    private ExperimentDetails experiment() {
        String type = fields.optionalText("experimentType", Limits.NAME);
        String state = fields.optionalChoice(
                "state", List.of(ExperimentDetails.PLANNING, ExperimentDetails.RUNNING, ExperimentDetails.DECIDED));
        return new ExperimentDetails(
                type == null ? ExperimentDetails.A_B_TEST : type,
                fields.reader().bool("stickyBucketing", false),
                state == null ? ExperimentDetails.PLANNING : state,
                fields.optionalDate("startDate"),
                fields.optionalDate("endDate"),
                fields.optionalChoice("decision", List.of("rollout", "rollback", "continue-running")),
                fields.optionalText("decisionReason", Limits.DESCRIPTION),
                fields.optionalText("rolledOutVariant", Limits.NAME),
                exposureEvent(),
                fields.has("run") ? fields.integer("run", 1, 1_000_000) : 1);
    }

    private @Nullable Object exposureEvent() {
        ObjectReader tree = fields.reader().optionalObject("exposureEvent");
        if (tree == null) {
            return null;
        }
        Fields event = new Fields(tree);
        event.rejectUnknown(Set.of("event_type", "filters"));
        event.key("event_type", Limits.VALUE);
        if (!event.has("filters")) {
            event.at("filters").add("", "is required");
        }
        event.list("filters", Limits.CONDITIONS, FlagFormat::exposureFilter);
        return tree.members();
    }

    private static String exposureFilter(@Nullable Object tree, Problems problems) {
        Fields filter = Fields.of(tree, problems);
        filter.rejectUnknown(Set.of("group_type", "subprop_key", "subprop_op", "subprop_type", "subprop_value"));
        filter.optionalText("group_type", Limits.NAME);
        filter.key("subprop_op", Limits.NAME);
        filter.key("subprop_type", Limits.NAME);
        if (!filter.has("subprop_value")) {
            filter.at("subprop_value").add("", "is required");
        }
        filter.list("subprop_value", Limits.VALUES, (value, at) -> Fields.text(value, at, Limits.VALUE));
        return filter.key("subprop_key", Limits.VALUE);
    }

    private RawFlag raw(ResourceKind kind) {
        fields.rejectUnknown(RAW_FIELDS);
        String key = fields.key("key", Limits.ROW_KEY);
        return new RawFlag(
                ResourceReader.id(fields),
                ResourceReader.project(fields),
                key,
                kind,
                fields.text("name", Limits.ROW_KEY, key),
                fields.text("description", Limits.DESCRIPTION, ""),
                Definitions.read(fields, DEFINITION),
                fields.ids("deployments", Limits.DEPLOYMENTS),
                tags(),
                fields.reader().bool("deleted", false));
    }

    static Map<String, @Nullable Object> write(ManagedFlag flag) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        ResourceWriter.identity(flag, tree);
        tree.put("deployments", flag.deployments().stream().map(String::valueOf).toList());
        tree.put("key", flag.key());
        tree.put("name", flag.name());
        tree.put("description", flag.description());
        tree.put("enabled", flag.enabled());
        tree.put("evaluationMode", flag.evaluationMode().text());
        writeBucketing(flag.bucketing(), tree);
        tree.put("variants", flag.variants().stream().map(VariantFormat::write).toList());
        tree.put("rolloutPercentage", SegmentFormat.number(flag.rollout().percentage()));
        tree.put(SegmentFormat.ROLLOUT_WEIGHTS, flag.rollout().weights());
        tree.put(SegmentFormat.ALLOCATION_MODE, flag.rollout().mode().text());
        tree.put(
                "targetSegments",
                flag.targetSegments().stream().map(SegmentFormat::write).toList());
        tree.put("parentDependencies", write(flag.dependencies()));
        if (!flag.inclusions().isEmpty()) {
            Map<String, @Nullable Object> inclusions = new LinkedHashMap<>();
            flag.inclusions().forEach((variant, some) -> inclusions.put(variant, VariantFormat.write(some)));
            tree.put(INCLUSIONS, inclusions);
        }
        tree.put("tags", flag.tags());
        ExperimentDetails experiment = flag.experiment();
        if (experiment != null) {
            write(experiment, tree);
        }
        if (flag.testInstrumentation()) {
            tree.put(TEST_INSTRUMENTATION, true);
        }
        if (!flag.metadata().isEmpty()) {
            tree.put(METADATA, flag.metadata());
        }
        tree.put("deleted", flag.archived());
        tree.put(MANAGED, true);
        return tree;
    }

    static void writeBucketing(Bucketing bucketing, Map<String, @Nullable Object> tree) {
        tree.put("bucketingKey", bucketing.key());
        tree.put("bucketingSalt", bucketing.salt());
        tree.put("bucketingUnit", bucketing.unit());
    }

    static Map<String, @Nullable Object> write(ParentDependencies dependencies) {
        Map<String, @Nullable Object> flags = new LinkedHashMap<>();
        dependencies.flags().forEach((id, variants) -> flags.put(String.valueOf(id), variants));
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("flags", flags);
        tree.put(OPERATOR, dependencies.operator().name().toLowerCase(Locale.ROOT));
        return tree;
    }

    private static void write(ExperimentDetails experiment, Map<String, @Nullable Object> tree) {
        tree.put("experimentType", experiment.type());
        tree.put("stickyBucketing", experiment.sticky());
        tree.put("state", experiment.state());
        tree.put("startDate", experiment.startDate());
        tree.put("endDate", experiment.endDate());
        tree.put("decision", experiment.decision());
        tree.put("decisionReason", experiment.decisionReason());
        tree.put("rolledOutVariant", experiment.rolledOutVariant());
        tree.put("exposureEvent", experiment.exposureEvent());
        tree.put("run", experiment.run());
    }

    static Map<String, @Nullable Object> write(RawFlag flag) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        ResourceWriter.identity(flag, tree);
        tree.put("deployments", flag.deployments().stream().map(String::valueOf).toList());
        tree.put("key", flag.key());
        tree.put("name", flag.name());
        tree.put("description", flag.description());
        tree.put("tags", flag.tags());
        tree.put("deleted", flag.archived());
        tree.put(MANAGED, false);
        tree.put(DEFINITION, Definitions.write(flag.definition()));
        return tree;
    }
}
