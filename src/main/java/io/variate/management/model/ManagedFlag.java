package io.variate.management.model;

import io.variate.json.Tree;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A flag or an experiment that is compiled to an evaluation flag. Deeply immutable; {@link #edit} creates changed copies.
 *
 * @param id see {@link Resource#id}
 * @param name for people
 * @param description for people; may be empty
 * @param enabled whether anybody can get another variant than {@code off}
 * @param evaluationMode where the flag is evaluated
 * @param bucketing what decides the place of a user, in all segments
 * @param variants in order, without {@code off}
 * @param rollout what users get whom no target segment matches
 * @param targetSegments in order; the first that matches decides
 * @param dependencies the prerequisites; membership in groups is a property of the groups
 * @param inclusions by the key of a variant or {@code off}
 * @param deployments ids of the deployments that serve the flag
 * @param tags for people
 * @param testInstrumentation whether only inclusions are served
 * @param metadata further metadata of the evaluation flag, which replaces that of the compiler; usually empty
 * @param experiment null for a flag
 */
public record ManagedFlag(
        long id,
        String project,
        String key,
        String name,
        String description,
        boolean enabled,
        EvaluationMode evaluationMode,
        Bucketing bucketing,
        List<FlagVariant> variants,
        Rollout rollout,
        List<TargetSegment> targetSegments,
        ParentDependencies dependencies,
        Map<String, Inclusions> inclusions,
        List<Long> deployments,
        List<String> tags,
        boolean testInstrumentation,
        Map<String, @Nullable Object> metadata,
        @Nullable ExperimentDetails experiment,
        boolean archived)
        implements Resource {

    public ManagedFlag {
        variants = List.copyOf(variants);
        targetSegments = List.copyOf(targetSegments);
        Map<String, Inclusions> some = new LinkedHashMap<>(inclusions);
        some.values().removeIf(Inclusions::isEmpty);
        inclusions = Collections.unmodifiableMap(some);
        deployments = List.copyOf(deployments);
        tags = List.copyOf(tags);
        metadata = Tree.copyOfMap(metadata);
    }

    @Override
    public ResourceKind kind() {
        return experiment == null ? ResourceKind.FLAG : ResourceKind.EXPERIMENT;
    }

    /** Returns a variant that the flag lists, or null. */
    public @Nullable FlagVariant variant(String variantKey) {
        return variants.stream()
                .filter(variant -> variant.key().equals(variantKey))
                .findFirst()
                .orElse(null);
    }

    /** Who is included in a variant. */
    public Inclusions inclusions(String variantKey) {
        return inclusions.getOrDefault(variantKey, Inclusions.NONE);
    }

    @Override
    public ManagedFlag withId(long changed) {
        return edit().id(changed).build();
    }

    @Override
    public ManagedFlag withProject(String changed) {
        return edit().project(changed).build();
    }

    @Override
    public ManagedFlag withArchived(boolean changed) {
        return edit().archived(changed).build();
    }

    /** A builder with the values of this flag. */
    public Builder edit() {
        return new Builder(this);
    }

    /**
     * A disabled flag at 0 %, as Amplitude's API creates it: {@code on}, or {@code control} and {@code treatment} of an
     * experiment, with equal weights.
     *
     * @param salt drawn at random by the caller; it never changes by itself
     */
    public static ManagedFlag create(ResourceKind kind, String project, String key, String bucketingKey, String salt) {
        boolean experiment = kind == ResourceKind.EXPERIMENT;
        List<FlagVariant> variants = experiment
                ? List.of(new FlagVariant("control"), new FlagVariant("treatment"))
                : List.of(new FlagVariant("on"));
        Map<String, Long> weights = new LinkedHashMap<>();
        variants.forEach(variant -> weights.put(variant.key(), 1L));
        return new ManagedFlag(
                UNSAVED,
                project,
                key,
                key,
                "",
                false,
                EvaluationMode.REMOTE,
                new Bucketing(bucketingKey, salt, Bucketing.USER),
                variants,
                new Rollout(0, weights),
                List.of(),
                ParentDependencies.NONE,
                Map.of(),
                List.of(),
                List.of(),
                false,
                Map.of(),
                experiment ? ExperimentDetails.PLANNED : null,
                false);
    }

    /** Creates a changed copy of a flag. Single use, not thread-safe. */
    public static final class Builder {
        private long id;
        private String project;
        private String key;
        private String name;
        private String description;
        private boolean enabled;
        private EvaluationMode evaluationMode;
        private Bucketing bucketing;
        private List<FlagVariant> variants;
        private Rollout rollout;
        private List<TargetSegment> targetSegments;
        private ParentDependencies dependencies;
        private final Map<String, Inclusions> inclusions;
        private List<Long> deployments;
        private List<String> tags;
        private boolean testInstrumentation;
        private Map<String, @Nullable Object> metadata;
        private @Nullable ExperimentDetails experiment;
        private boolean archived;

        private Builder(ManagedFlag flag) {
            id = flag.id;
            project = flag.project;
            key = flag.key;
            name = flag.name;
            description = flag.description;
            enabled = flag.enabled;
            evaluationMode = flag.evaluationMode;
            bucketing = flag.bucketing;
            variants = flag.variants;
            rollout = flag.rollout;
            targetSegments = flag.targetSegments;
            dependencies = flag.dependencies;
            inclusions = new LinkedHashMap<>(flag.inclusions);
            deployments = flag.deployments;
            tags = flag.tags;
            testInstrumentation = flag.testInstrumentation;
            metadata = flag.metadata;
            experiment = flag.experiment;
            archived = flag.archived;
        }

        public Builder id(long value) {
            id = value;
            return this;
        }

        public Builder project(String value) {
            project = value;
            return this;
        }

        public Builder key(String value) {
            key = value;
            return this;
        }

        public Builder name(String value) {
            name = value;
            return this;
        }

        public Builder description(String value) {
            description = value;
            return this;
        }

        public Builder enabled(boolean value) {
            enabled = value;
            return this;
        }

        public Builder evaluationMode(EvaluationMode value) {
            evaluationMode = value;
            return this;
        }

        public Builder bucketing(Bucketing value) {
            bucketing = value;
            return this;
        }

        public Builder variants(List<FlagVariant> value) {
            variants = value;
            return this;
        }

        public Builder rollout(Rollout value) {
            rollout = value;
            return this;
        }

        public Builder targetSegments(List<TargetSegment> value) {
            targetSegments = value;
            return this;
        }

        /** Adds a segment after the others. */
        public Builder targetSegment(TargetSegment value) {
            List<TargetSegment> longer = new ArrayList<>(targetSegments);
            longer.add(value);
            return targetSegments(longer);
        }

        public Builder dependencies(ParentDependencies value) {
            dependencies = value;
            return this;
        }

        /** Replaces the inclusions of one variant. */
        public Builder inclusions(String variant, Inclusions value) {
            inclusions.put(variant, value);
            return this;
        }

        public Builder deployments(List<Long> value) {
            deployments = value;
            return this;
        }

        public Builder tags(List<String> value) {
            tags = value;
            return this;
        }

        public Builder testInstrumentation(boolean value) {
            testInstrumentation = value;
            return this;
        }

        public Builder metadata(Map<String, @Nullable Object> value) {
            metadata = value;
            return this;
        }

        public Builder experiment(@Nullable ExperimentDetails value) {
            experiment = value;
            return this;
        }

        public Builder archived(boolean value) {
            archived = value;
            return this;
        }

        public ManagedFlag build() {
            return new ManagedFlag(
                    id,
                    project,
                    key,
                    name,
                    description,
                    enabled,
                    evaluationMode,
                    bucketing,
                    variants,
                    rollout,
                    targetSegments,
                    dependencies,
                    inclusions,
                    deployments,
                    tags,
                    testInstrumentation,
                    metadata,
                    experiment,
                    archived);
        }
    }
}
