package io.variate.management.translation;

import io.variate.engine.model.Condition;
import io.variate.engine.model.Flag;
import io.variate.engine.model.Segment;
import io.variate.engine.model.Variant;
import io.variate.json.Problem;
import io.variate.json.Problems;
import io.variate.management.model.Bucketing;
import io.variate.management.model.EvaluationMode;
import io.variate.management.model.ExperimentDetails;
import io.variate.management.model.FlagVariant;
import io.variate.management.model.HoldoutGroup;
import io.variate.management.model.Inclusions;
import io.variate.management.model.ManagedFlag;
import io.variate.management.model.MutexGroup;
import io.variate.management.model.ParentDependencies;
import io.variate.management.model.Resource;
import io.variate.management.model.Rollout;
import io.variate.management.model.Slot;
import io.variate.management.model.TargetSegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Compiles flags, experiments and groups to evaluation flags. Stateless but for references; as thread-safe as they are. */
final class FlagCompiler {
    private static final Map<String, @Nullable Object> DEFAULT = Map.of("default", true);

    private final References references;
    private final CompilerSettings settings;
    private final long flagVersion;
    private final List<Problem> found = new ArrayList<>();
    private final Problems problems = new Problems("", found);

    FlagCompiler(References references, CompilerSettings settings, long flagVersion) {
        this.references = references;
        this.settings = settings;
        this.flagVersion = flagVersion;
    }

    Compilation compile(ManagedFlag flag) {
        new FlagChecks(flag, references, settings, problems).run();
        Dependencies.Compiled dependencies =
                new Dependencies(references).compile(flag.id(), flag.dependencies(), problems);
        Map<String, Variant> variants = new LinkedHashMap<>();
        flag.variants().forEach(variant -> variants.put(variant.key(), variant(variant.key(), variant.payload())));
        boolean evaluated = flag.enabled() && !flag.testInstrumentation();
        return finished(new Flag(
                flag.key(),
                withOff(variants),
                segments(flag, dependencies),
                evaluated ? dependencies.keys() : List.of(),
                metadata(flag)));
    }

    private List<Segment> segments(ManagedFlag flag, Dependencies.Compiled dependencies) {
        SegmentCompiler compiler = new SegmentCompiler(flag.bucketing(), settings);
        List<Segment> segments = new ArrayList<>();
        if (flag.enabled()) {
            addInclusions(flag, compiler, segments);
        }
        if (!flag.enabled() || flag.testInstrumentation()) {
            segments.add(SegmentCompiler.fixed(SegmentNames.DEFAULT, FlagVariant.OFF, null));
            return segments;
        }
        addDependencies(dependencies, segments);
        if (isSticky(flag)) {
            addSticky(flag, segments);
        }
        List<String> variants = flag.variants().stream().map(FlagVariant::key).toList();
        for (TargetSegment segment : flag.targetSegments()) {
            List<Condition> conditions =
                    segment.conditions().stream().map(Conditions::compile).toList();
            String key = segment.bucketingKey();
            segments.addAll(compiler.rollout(
                    segment.name(),
                    conditions,
                    variants,
                    segment.rollout(),
                    key == null ? flag.bucketing().key() : key));
        }
        segments.addAll(compiler.rollout(
                SegmentNames.OTHERS,
                List.of(),
                variants,
                flag.rollout(),
                flag.bucketing().key()));
        return segments;
    }

    /** {@code off} comes first: an exclusion wins over an inclusion. */
    private static void addInclusions(ManagedFlag flag, SegmentCompiler compiler, List<Segment> segments) {
        List<String> variants = new ArrayList<>(List.of(FlagVariant.OFF));
        flag.variants().forEach(variant -> variants.add(variant.key()));
        for (String variant : variants) {
            Inclusions inclusions = flag.inclusions(variant);
            if (!inclusions.isEmpty()) {
                segments.add(compiler.inclusions(variant, inclusions));
            }
        }
    }

    private static void addDependencies(Dependencies.Compiled dependencies, List<Segment> segments) {
        if (!dependencies.alternatives().isEmpty()) {
            segments.add(
                    SegmentCompiler.fixed(SegmentNames.DEPENDENCIES, FlagVariant.OFF, dependencies.alternatives()));
        }
    }

    /** Whether users keep their variants: only with remote evaluation, and not in groups. */
    static boolean isSticky(ManagedFlag flag) {
        ExperimentDetails experiment = flag.experiment();
        return experiment != null
                && experiment.sticky()
                && flag.evaluationMode() == EvaluationMode.REMOTE
                && flag.bucketing().isByUser();
    }

    private static void addSticky(ManagedFlag flag, List<Segment> segments) {
        List<String> selector = Selectors.userProperty("[Experiment] " + flag.key());
        for (FlagVariant variant : flag.variants()) {
            Condition condition = new Condition(selector, "is", List.of(variant.key()));
            segments.add(SegmentCompiler.fixed(SegmentNames.STICKY, variant.key(), List.of(List.of(condition))));
        }
    }

    private Map<String, @Nullable Object> metadata(ManagedFlag flag) {
        Map<String, @Nullable Object> metadata = new TreeMap<>();
        metadata.put("deployed", true);
        metadata.putAll(flag.metadata());
        ExperimentDetails experiment = flag.experiment();
        if (experiment != null) {
            metadata.put("experimentKey", "exp-" + experiment.run());
        }
        return metadata(metadata, flag.evaluationMode(), experiment == null ? FlagTypes.RELEASE : FlagTypes.EXPERIMENT);
    }

    private Map<String, @Nullable Object> metadata(
            Map<String, @Nullable Object> metadata, EvaluationMode mode, String flagType) {
        metadata.put("evaluationMode", mode.text());
        metadata.put("flagType", flagType);
        metadata.put("flagVersion", flagVersion);
        return metadata;
    }

    private Map<String, @Nullable Object> groupMetadata(EvaluationMode mode, String flagType) {
        Map<String, @Nullable Object> metadata = new TreeMap<>();
        metadata.put("deployed", false);
        return metadata(metadata, mode, flagType);
    }

    Compilation compile(MutexGroup group) {
        Map<String, Variant> variants = new LinkedHashMap<>();
        Map<String, Inclusions> inclusions = new LinkedHashMap<>();
        Map<String, Long> weights = new LinkedHashMap<>();
        long rest = 100;
        for (Slot slot : group.slots()) {
            List<Long> members = new ArrayList<>(slot.experiments());
            members.addAll(slot.holdouts());
            variants.put(slot.variantKey(), memberVariant(slot.variantKey(), members));
            inclusions.put(slot.variantKey(), new Inclusions(slot.individuals(), slot.cohorts()));
            weights.put(slot.variantKey(), (long) slot.percentage());
            rest -= slot.percentage();
        }
        variants.put(MutexGroup.UNALLOCATED, memberVariant(MutexGroup.UNALLOCATED, List.of()));
        weights.put(MutexGroup.UNALLOCATED, rest);
        return group(
                group,
                group.bucketing(),
                variants,
                inclusions,
                weights,
                groupMetadata(group.evaluationMode(), FlagTypes.MUTEX));
    }

    Compilation compile(HoldoutGroup group) {
        Map<String, Variant> variants = new LinkedHashMap<>();
        variants.put(HoldoutGroup.HELD_OUT, memberVariant(HoldoutGroup.HELD_OUT, List.of()));
        variants.put(group.variantName(), memberVariant(group.variantName(), group.experiments()));
        Map<String, Inclusions> inclusions = new LinkedHashMap<>();
        inclusions.put(HoldoutGroup.HELD_OUT, new Inclusions(group.individualInclusion(), List.of()));
        inclusions.put(group.variantName(), new Inclusions(group.individualExclusion(), List.of()));
        Map<String, Long> weights = new LinkedHashMap<>();
        weights.put(HoldoutGroup.HELD_OUT, (long) group.percentage());
        weights.put(group.variantName(), 100L - group.percentage());
        return group(
                group,
                group.bucketing(),
                variants,
                inclusions,
                weights,
                groupMetadata(group.evaluationMode(), FlagTypes.HOLDOUT));
    }

    /** Everybody is in the audience of a group; its variants divide it. */
    private Compilation group(
            Resource group,
            Bucketing bucketing,
            Map<String, Variant> variants,
            Map<String, Inclusions> inclusions,
            Map<String, Long> weights,
            Map<String, @Nullable Object> metadata) {
        new FlagChecks.OfGroup(group, references, problems).run(bucketing, settings);
        Dependencies.Compiled dependencies =
                new Dependencies(references).compile(group.id(), ParentDependencies.NONE, problems);
        SegmentCompiler compiler = new SegmentCompiler(bucketing, settings);
        List<Segment> segments = new ArrayList<>();
        inclusions.forEach((variant, some) -> {
            if (!some.isEmpty()) {
                segments.add(compiler.inclusions(variant, some));
            }
        });
        addDependencies(dependencies, segments);
        segments.addAll(compiler.rollout(
                SegmentNames.OTHERS, List.of(), weights.keySet(), new Rollout(100, weights), bucketing.key()));
        return finished(new Flag(group.key(), withOff(variants), segments, dependencies.keys(), metadata));
    }

    /** A variant of a group, whose payload lists the members that need it. */
    private static Variant memberVariant(String key, List<Long> members) {
        return variant(
                key, Map.of("flagIds", members.stream().map(String::valueOf).toList()));
    }

    private static Variant variant(String key, @Nullable Object payload) {
        return new Variant(key, key, payload, null);
    }

    private static Map<String, Variant> withOff(Map<String, Variant> variants) {
        variants.put(FlagVariant.OFF, new Variant(FlagVariant.OFF, null, null, DEFAULT));
        return variants;
    }

    private Compilation finished(Flag flag) {
        return new Compilation(EvaluationFlag.json(flag), found);
    }
}
