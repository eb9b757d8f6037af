package io.variate.management.translation;

import io.variate.engine.model.Bucket;
import io.variate.engine.model.Condition;
import io.variate.engine.model.Distribution;
import io.variate.engine.model.Flag;
import io.variate.engine.model.Segment;
import io.variate.engine.model.Variant;
import io.variate.management.model.Bucketing;
import io.variate.management.model.EvaluationMode;
import io.variate.management.model.ExperimentDetails;
import io.variate.management.model.FlagVariant;
import io.variate.management.model.HoldoutGroup;
import io.variate.management.model.Inclusions;
import io.variate.management.model.ManagedFlag;
import io.variate.management.model.MutexGroup;
import io.variate.management.model.ParentDependencies;
import io.variate.management.model.RawFlag;
import io.variate.management.model.Resource;
import io.variate.management.model.ResourceKind;
import io.variate.management.model.Rollout;
import io.variate.management.model.TargetCondition;
import io.variate.management.model.TargetSegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decompiles one flag or experiment. The caller compiles the result and compares, so this class may accept more than it
 * understands. Single use.
 */
final class FlagDecompiler {
    private static final Set<String> COMPILED =
            Set.of("deployed", "evaluationMode", "experimentKey", "flagType", "flagVersion");

    private final Resource present;
    private final Flag flag;
    private final References references;
    private final Map<String, @Nullable Object> metadata;
    private final Splits splits = new Splits();
    private final Map<String, Inclusions> inclusions = new LinkedHashMap<>();
    private final VariantOrder order;
    private ParentDependencies dependencies = ParentDependencies.NONE;
    private boolean sticky;

    FlagDecompiler(Resource present, Flag flag, References references) {
        this.present = present;
        this.flag = flag;
        this.references = references;
        this.metadata = flag.metadata() == null ? Map.of() : flag.metadata();
        this.order = new VariantOrder(flag.variants().keySet().stream()
                .filter(key -> !key.equals(FlagVariant.OFF))
                .toList());
    }

    ManagedFlag decompile(ResourceKind kind) {
        List<Segment> segments = new ArrayList<>(flag.segments());
        takeInclusions(segments);
        ManagedFlag base = base(kind);
        if (segments.size() == 1 && name(segments.get(0)).equals(SegmentNames.DEFAULT)) {
            return withVariants(base, kind)
                    .enabled(!inclusions.isEmpty())
                    .testInstrumentation(!inclusions.isEmpty())
                    .bucketing(splits.bucketing(null, base.bucketing()))
                    .build();
        }
        takeDependencies(segments);
        takeSticky(segments);
        List<Audience> audiences = audiences(segments);
        Audience others = audiences.remove(audiences.size() - 1);
        if (!others.name().equals(SegmentNames.OTHERS) || !others.conditions().isEmpty()) {
            throw new NotManagedException("does not end with a segment 'All Other Users' for everyone");
        }
        ManagedFlag.Builder found = withVariants(base, kind);
        Bucketing bucketing = splits.bucketing(others.bucketing(), base.bucketing());
        return found.enabled(true)
                .testInstrumentation(false)
                .bucketing(bucketing)
                .rollout(rollout(others))
                .targetSegments(audiences.stream()
                        .map(audience -> segment(audience, bucketing))
                        .toList())
                .dependencies(dependencies)
                .build();
    }

    /** What an evaluation flag does not show. */
    private ManagedFlag base(ResourceKind kind) {
        if (present instanceof ManagedFlag managed && managed.kind() == kind) {
            return managed;
        }
        // The salt of a flag that splits nobody is not in the flag.
        ManagedFlag created = ManagedFlag.create(kind, present.project(), present.key(), "user_id", present.key())
                .withId(present.id());
        if (present instanceof RawFlag raw) {
            return created.edit()
                    .name(raw.name())
                    .description(raw.description())
                    .tags(raw.tags())
                    .deployments(raw.deployments())
                    .build();
        }
        return created;
    }

    private ManagedFlag.Builder withVariants(ManagedFlag base, ResourceKind kind) {
        List<FlagVariant> variants = order.order().stream()
                .map(key -> variant(
                        base, key, Objects.requireNonNull(flag.variants().get(key))))
                .toList();
        ManagedFlag.Builder found = base.edit()
                .archived(false)
                .evaluationMode(mode())
                .variants(variants)
                .metadata(furtherMetadata());
        base.inclusions().keySet().forEach(variant -> found.inclusions(variant, Inclusions.NONE));
        inclusions.forEach(found::inclusions);
        if (!(present instanceof ManagedFlag)) {
            found.rollout(
                    new Rollout(0, equal(variants.stream().map(FlagVariant::key).toList())));
        }
        ExperimentDetails experiment = base.experiment();
        return kind == ResourceKind.EXPERIMENT && experiment != null
                ? found.experiment(experiment(experiment))
                : found.experiment(null);
    }

    private static FlagVariant variant(ManagedFlag base, String key, Variant variant) {
        if (!variant.key().equals(key) || !key.equals(variant.value())) {
            throw new NotManagedException("has a variant '" + key + "' whose key or value is another");
        }
        FlagVariant before = base.variant(key);
        return before == null
                ? new FlagVariant(key, "", "", variant.payload())
                : new FlagVariant(key, before.name(), before.description(), variant.payload());
    }

    private EvaluationMode mode() {
        return mode(metadata.get("evaluationMode"));
    }

    static EvaluationMode mode(@Nullable Object text) {
        for (EvaluationMode mode : EvaluationMode.values()) {
            if (mode.text().equals(text)) {
                return mode;
            }
        }
        throw new NotManagedException("has no evaluationMode");
    }

    private Map<String, @Nullable Object> furtherMetadata() {
        Map<String, @Nullable Object> further = new LinkedHashMap<>(metadata);
        further.keySet().removeAll(COMPILED);
        if (metadata.containsKey("deployed") && !Boolean.TRUE.equals(metadata.get("deployed"))) {
            further.put("deployed", metadata.get("deployed"));
        }
        return further;
    }

    private ExperimentDetails experiment(ExperimentDetails before) {
        String key = String.valueOf(metadata.get("experimentKey"));
        long run;
        try {
            run = key.startsWith("exp-") ? Long.parseLong(key.substring("exp-".length())) : 0;
        } catch (NumberFormatException e) {
            run = 0;
        }
        if (run < 1) {
            throw new NotManagedException("has an experimentKey other than exp- and a number");
        }
        boolean running = !(present instanceof ManagedFlag) && !flag.isStatic();
        return new ExperimentDetails(
                before.type(),
                sticky || (before.sticky() && flag.isStatic()),
                running ? ExperimentDetails.RUNNING : before.state(),
                before.startDate(),
                before.endDate(),
                before.decision(),
                before.decisionReason(),
                before.rolledOutVariant(),
                before.exposureEvent(),
                run);
    }

    private static String name(Segment segment) {
        Map<String, @Nullable Object> metadata = segment.metadata();
        return metadata != null && metadata.get("segmentName") instanceof String name ? name : "";
    }

    private static String variant(Segment segment) {
        String variant = segment.variant();
        if (variant == null) {
            throw new NotManagedException("has a segment without a variant");
        }
        return variant;
    }

    private void takeInclusions(List<Segment> segments) {
        while (!segments.isEmpty() && name(segments.get(0)).equals(SegmentNames.INCLUSIONS)) {
            Segment segment = segments.remove(0);
            if (inclusions.put(variant(segment), inclusions(segment, splits::unit)) != null) {
                throw new NotManagedException("has two segments of inclusions for one variant");
            }
        }
        order.require(List.copyOf(inclusions.keySet()));
    }

    /** Receives the type of groups whose cohorts are included. */
    interface GroupTypes {
        void add(String type);
    }

    static Inclusions inclusions(Segment segment, GroupTypes types) {
        List<String> users = List.of();
        List<String> cohorts = List.of();
        List<List<Condition>> alternatives = segment.conditions();
        for (List<Condition> all : alternatives == null ? List.<List<Condition>>of() : alternatives) {
            Condition condition = all.size() == 1 ? all.get(0) : null;
            if (condition == null) {
                throw new NotManagedException("has inclusions with several conditions");
            }
            Selectors.Property property = Selectors.property(condition.selector());
            if (condition.selector().equals(Selectors.USER_ID)
                    || condition.selector().equals(Selectors.DEVICE_ID)) {
                users = condition.values();
            } else if (property != null && property.prop().equals(TargetCondition.COHORT)) {
                cohorts = condition.values();
                if (property.groupType() != null) {
                    types.add(property.groupType());
                }
            } else {
                throw new NotManagedException("has inclusions by another property than ids and cohorts");
            }
        }
        return new Inclusions(users, cohorts);
    }

    private void takeDependencies(List<Segment> segments) {
        Map<Long, List<String>> parents = new LinkedHashMap<>();
        ParentDependencies.Operator operator = ParentDependencies.Operator.ALL;
        Map<String, List<String>> required = new LinkedHashMap<>();
        if (!segments.isEmpty() && name(segments.get(0)).equals(SegmentNames.DEPENDENCIES)) {
            List<List<Condition>> alternatives = segments.remove(0).conditions();
            for (List<Condition> all : alternatives == null ? List.<List<Condition>>of() : alternatives) {
                if (all.size() > 1) {
                    operator = ParentDependencies.Operator.ANY;
                }
                all.forEach(condition -> required.put(parent(condition), condition.values()));
            }
        }
        flag.dependencies().forEach(key -> required.putIfAbsent(key, List.of()));
        required.forEach((key, variants) -> {
            Resource parent = references.find(present.project(), key);
            if (parent == null) {
                throw new NotManagedException("depends on '" + key + "', which does not exist");
            }
            if (!isMembership(parent)) {
                parents.put(parent.id(), withoutNone(parent, variants));
            }
        });
        dependencies = new ParentDependencies(parents, operator);
    }

    private boolean isMembership(Resource parent) {
        if (!(parent instanceof MutexGroup) && !(parent instanceof HoldoutGroup)) {
            return false;
        }
        if (references.groupsOf(present.id()).stream().noneMatch(group -> group.id() == parent.id())) {
            throw new NotManagedException("depends on the group '" + parent.key() + "', which does not contain it");
        }
        return true;
    }

    private static String parent(Condition condition) {
        List<String> selector = condition.selector();
        if (selector.size() != 3 || !selector.equals(Selectors.result(selector.get(1)))) {
            throw new NotManagedException("has dependencies on something else than variants of flags");
        }
        return selector.get(1);
    }

    private static List<String> withoutNone(Resource parent, List<String> variants) {
        return parent instanceof RawFlag && variants.contains(FlagVariant.OFF)
                ? variants.stream()
                        .filter(each -> !each.equals(Conditions.NONE))
                        .toList()
                : variants;
    }

    private void takeSticky(List<Segment> segments) {
        List<String> variants = new ArrayList<>();
        while (!segments.isEmpty() && name(segments.get(0)).equals(SegmentNames.STICKY)) {
            variants.add(variant(segments.remove(0)));
        }
        sticky = !variants.isEmpty();
        order.require(variants);
    }

    /**
     * A segment, or the two segments that {@code amplitude_id} compiles to.
     *
     * @param bucketing null if the segment splits nobody
     */
    private record Audience(
            String name,
            List<Condition> conditions,
            String variant,
            @Nullable Rollout split,
            @Nullable Bucketing bucketing) {}

    private List<Audience> audiences(List<Segment> segments) {
        List<Audience> audiences = new ArrayList<>();
        for (int i = 0; i < segments.size(); i++) {
            Segment segment = segments.get(i);
            Segment next = i + 1 < segments.size() ? segments.get(i + 1) : null;
            if (next != null && Splits.isPair(segment, next)) {
                audiences.add(audience(next, Bucketing.AMPLITUDE_ID));
                i++;
            } else {
                audiences.add(audience(segment, null));
            }
        }
        if (audiences.isEmpty()) {
            throw new NotManagedException("has no segments for users who are not included");
        }
        return audiences;
    }

    private Audience audience(Segment segment, @Nullable String key) {
        Bucket bucket = segment.bucket();
        if (bucket == null) {
            return new Audience(name(segment), conditions(segment), variant(segment), null, null);
        }
        if (!variant(segment).equals(FlagVariant.OFF)) {
            throw new NotManagedException("has a bucket beside another variant than off");
        }
        Rollout split = RolloutDecompiler.rollout(bucket.allocations());
        order.require(bucket.allocations().get(0).distributions().stream()
                .map(Distribution::variant)
                .toList());
        return new Audience(name(segment), conditions(segment), FlagVariant.OFF, split, splits.bucketing(bucket, key));
    }

    private static List<Condition> conditions(Segment segment) {
        List<List<Condition>> alternatives = segment.conditions();
        if (alternatives == null) {
            return List.of();
        }
        if (alternatives.size() != 1) {
            throw new NotManagedException("has a segment with alternative conditions");
        }
        return alternatives.get(0);
    }

    private TargetSegment segment(Audience audience, Bucketing flagBucketing) {
        List<TargetCondition> conditions = new ArrayList<>();
        for (Condition condition : audience.conditions()) {
            TargetCondition found = Conditions.decompile(condition);
            if (found == null) {
                throw new NotManagedException("has a condition that target segments cannot express: "
                        + String.join(".", condition.selector()) + " " + condition.op());
            }
            conditions.add(found);
        }
        Bucketing own = audience.bucketing();
        String key = own == null || own.key().equals(flagBucketing.key()) ? null : own.key();
        return new TargetSegment(audience.name(), conditions, rollout(audience), key);
    }

    private Rollout rollout(Audience audience) {
        Rollout split = audience.split();
        List<String> keys = order.order();
        Map<String, Long> weights = new HashMap<>();
        long percentage = 0;
        if (split != null) {
            weights.putAll(split.weights());
        } else if (audience.variant().equals(FlagVariant.OFF)) {
            return new Rollout(0, equal(keys));
        } else {
            weights.put(audience.variant(), 1L);
            percentage = 100;
        }
        Map<String, Long> all = new LinkedHashMap<>();
        keys.forEach(key -> all.put(key, weights.getOrDefault(key, 0L)));
        return split == null ? new Rollout(percentage, all) : split.withWeights(all);
    }

    private static Map<String, Long> equal(List<String> variants) {
        Map<String, Long> weights = new LinkedHashMap<>();
        variants.forEach(variant -> weights.put(variant, 1L));
        return weights;
    }
}
