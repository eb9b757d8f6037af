package io.variate.management.translation;

import io.variate.management.model.AllocationMode;
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
import io.variate.management.model.ResourceKind;
import io.variate.management.model.Rollout;
import io.variate.management.model.Slot;
import io.variate.management.model.TargetCondition;
import io.variate.management.model.TargetSegment;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Random resources without problems. Used by one thread. */
final class RandomResources {
    private static final List<String> PROPS =
            List.of("country", "version", "user_id", "platform", "gp:plan", "gp:a.b c", "gp:[Experiment] x", "gp:gp:x");
    private static final List<String> VALUES = List.of("DE", "1.2.3", "*", "a?b", "(none)", "x\\y[1]", "10", "é😀", "");
    private static final List<String> KEYS = List.of("user_id", "device_id", "gp:account", "amplitude_id");

    private final SplittableRandom random;

    RandomResources(long seed) {
        random = new SplittableRandom(seed);
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    private <T> T oneOf(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    /** A parent, a holdout, a mutex, and an experiment in both. */
    List<Resource> family() {
        ManagedFlag parent = flag(1, "parent", ParentDependencies.NONE);
        ParentDependencies dependencies = chance(50)
                ? ParentDependencies.NONE
                : new ParentDependencies(
                        Map.of(1L, chance(80) ? List.of(parent.variants().get(0).key()) : List.of()),
                        oneOf(List.of(ParentDependencies.Operator.values())));
        ManagedFlag child = flag(2, "child", dependencies);
        return List.of(parent, child, holdout(), mutex());
    }

    private HoldoutGroup holdout() {
        return new HoldoutGroup(
                3,
                "",
                "holdout",
                "H",
                "d",
                1 + random.nextInt(99),
                EvaluationMode.LOCAL,
                bucketing("h"),
                chance(80) ? "on" : "in",
                chance(50) ? List.of(2L) : List.of(),
                chance(30) ? List.of("qa-1") : List.of(),
                chance(30) ? List.of("qa-2") : List.of(),
                false);
    }

    private MutexGroup mutex() {
        List<Slot> slots = new ArrayList<>();
        int rest = 100;
        for (int i = 1; i <= 4 && rest > 0; i++) {
            int percentage = chance(20) ? rest : 1 + random.nextInt(rest);
            rest -= percentage;
            slots.add(new Slot(
                    Slot.name(i),
                    Slot.variantKey(i),
                    percentage,
                    chance(50) ? List.of(2L) : List.of(),
                    chance(20) ? List.of(3L) : List.of(),
                    chance(20) ? List.of("qa-" + i) : List.of(),
                    chance(20) ? List.of("cohort-" + i) : List.of()));
        }
        return new MutexGroup(4, "", "mutex", "M", "", EvaluationMode.LOCAL, bucketing("m"), slots, false);
    }

    private Bucketing bucketing(String salt) {
        return new Bucketing(oneOf(KEYS), salt, Bucketing.USER);
    }

    ManagedFlag flag(long id, String key, ParentDependencies dependencies) {
        List<FlagVariant> variants = new ArrayList<>();
        int count = 1 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            variants.add(new FlagVariant("v" + i, "", "", payload()));
        }
        boolean experiment = chance(60);
        boolean byGroup = chance(15);
        ManagedFlag.Builder flag = ManagedFlag.create(
                        experiment ? ResourceKind.EXPERIMENT : ResourceKind.FLAG, "", key, oneOf(KEYS), "salt" + id)
                .withId(id)
                .edit()
                .enabled(chance(90))
                .testInstrumentation(chance(10))
                .evaluationMode(chance(50) ? EvaluationMode.LOCAL : EvaluationMode.REMOTE)
                .variants(variants)
                .rollout(rollout(variants))
                .dependencies(dependencies)
                .metadata(chance(20) ? Map.of("deliveryMethod", "feature", "deployed", false) : Map.of());
        if (key.equals("parent") || chance(50)) {
            flag.evaluationMode(EvaluationMode.LOCAL);
        }
        if (byGroup) {
            flag.bucketing(new Bucketing(chance(50) ? "group_name" : "gp:tier", "salt" + id, "org name"));
        }
        if (experiment) {
            flag.experiment(ExperimentDetails.PLANNED.withSticky(chance(50)));
        }
        for (int i = random.nextInt(4); i > 0; i--) {
            flag.targetSegment(segment("Segment " + i, variants, byGroup));
        }
        for (String variant : List.of("off", "v0", "v3")) {
            if (chance(25) && (variant.equals("off") || variants.size() > 3 || variant.equals("v0"))) {
                flag.inclusions(
                        variant,
                        new Inclusions(
                                chance(70) ? List.of("user-" + variant, "both") : List.of(),
                                chance(30) ? List.of("c1", "c2") : List.of()));
            }
        }
        return flag.build();
    }

    private @Nullable Object payload() {
        return switch (random.nextInt(5)) {
            case 0 -> Map.of("a", List.of(1L, "x", true));
            case 1 -> "text";
            case 2 -> Map.of();
            default -> null;
        };
    }

    private Rollout rollout(List<FlagVariant> variants) {
        Map<String, Long> weights = new LinkedHashMap<>();
        variants.forEach(variant -> weights.put(variant.key(), chance(20) ? 0L : (long) random.nextInt(1, 60)));
        if (chance(30)) {
            String decimal = oneOf(List.of("0.1", "0.5", "1", "2.25", "10", "33.3333", "50", "100"));
            return new Rollout(new BigDecimal(decimal), weights, AllocationMode.FINE);
        }
        return new Rollout(oneOf(List.of(0, 1, 20, 50, 99, 100)), weights);
    }

    private TargetSegment segment(String name, List<FlagVariant> variants, boolean byGroup) {
        List<TargetCondition> conditions = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            conditions.add(condition());
        }
        String key = byGroup || chance(70) ? null : oneOf(KEYS);
        return new TargetSegment(name, conditions, rollout(variants), key);
    }

    private TargetCondition condition() {
        List<String> values = List.of(oneOf(VALUES), oneOf(VALUES));
        if (chance(15)) {
            return new TargetCondition("userdata_cohort", chance(50) ? "is" : "is not", List.of("c1"));
        }
        List<String> operators = TargetCondition.OPERATORS.stream()
                .filter(op -> !op.startsWith("regex"))
                .sorted()
                .toList();
        if (chance(15)) {
            return new TargetCondition(
                    oneOf(List.of("group_name", "gp:tier", "userdata_cohort")), "set contains any", values, "org name");
        }
        return new TargetCondition(oneOf(PROPS), oneOf(operators), values);
    }
}
