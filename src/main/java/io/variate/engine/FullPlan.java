package io.variate.engine;

import io.variate.engine.model.Condition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The plan of all flags, with everything that the plan of the next set of flags reuses. Immutable.
 *
 * <p>A reused plan keeps properties and cached conditions that only earlier flags needed, and finds fewer equal
 * conditions. Therefore the plan is compiled as a whole again once as many flags were replaced as it has.
 */
final class FullPlan {

    private final EvaluationOrder order;

    /** All flags, by their index in the order. */
    private final List<PreparedFlag> flags;

    private final EvaluationPlan plan;
    private final List<Condition> cohortConditions;
    private final TargetedCohorts cohorts;
    private final Map<Long, CompiledCondition> cachedConditions;

    /** The number of flags compiled since the plan was compiled as a whole. */
    private final int replaced;

    private FullPlan(
            EvaluationOrder order,
            List<PreparedFlag> flags,
            EvaluationPlan plan,
            List<Condition> cohortConditions,
            TargetedCohorts cohorts,
            Map<Long, CompiledCondition> cachedConditions,
            int replaced) {
        this.order = order;
        this.flags = flags;
        this.plan = plan;
        this.cohortConditions = cohortConditions;
        this.cohorts = cohorts;
        this.cachedConditions = cachedConditions;
        this.replaced = replaced;
    }

    /**
     * Compiles the plan as a whole.
     *
     * @param flags by their index in the order
     * @param results of the flags, by number
     */
    static FullPlan compile(EvaluationOrder order, List<PreparedFlag> flags, EvaluatedVariant[] results) {
        PlanCompiler compiler = new PlanCompiler(order::position);
        CompiledFlag[] compiled = new CompiledFlag[order.all().length];
        for (int i = 0; i < compiled.length; i++) {
            compiled[i] = compiler.compile(flags.get(order.all()[i]));
        }
        List<Condition> cohortConditions = cohortConditions(order, flags);
        TargetedCohorts cohorts = TargetedCohorts.of(cohortConditions);
        EvaluationPlan plan = compiler.plan(compiled, results, cohorts);
        return new FullPlan(order, flags, plan, cohortConditions, cohorts, compiler.cachedConditions(), 0);
    }

    /** Compiles the plan of the next set of flags, and reuses what is equal. The parameters are those of compile. */
    FullPlan next(EvaluationOrder nextOrder, List<PreparedFlag> nextFlags, EvaluatedVariant[] results) {
        if (replaced > plan.size()) {
            return compile(nextOrder, nextFlags, results);
        }
        PlanCompiler compiler = PlanCompiler.extending(plan, cachedConditions, nextOrder::position);
        CompiledFlag[] compiled = new CompiledFlag[nextOrder.all().length];
        int compiledNow = 0;
        for (int i = 0; i < compiled.length; i++) {
            int index = nextOrder.all()[i];
            PreparedFlag flag = nextFlags.get(index);
            CompiledFlag known = nextOrder == order ? known(flag, index, i) : known(flag, nextOrder);
            if (known == null) {
                compiled[i] = compiler.compile(flag);
                compiledNow++;
            } else {
                compiled[i] = known.at(i);
            }
        }
        List<Condition> nextCohortConditions = cohortConditions(nextOrder, nextFlags);
        TargetedCohorts nextCohorts =
                nextCohortConditions.equals(cohortConditions) ? cohorts : TargetedCohorts.of(nextCohortConditions);
        return new FullPlan(
                nextOrder,
                nextFlags,
                compiler.plan(compiled, results, nextCohorts),
                nextCohortConditions,
                nextCohorts,
                cachedConditions,
                replaced + compiledNow);
    }

    EvaluationPlan plan() {
        return plan;
    }

    /** Returns a flag as compiled for this plan, or null if it was not part of the plan. */
    private @Nullable CompiledFlag known(PreparedFlag flag, int index, int position) {
        return flag.isSame(flags.get(index)) ? plan.flag(position) : null;
    }

    /** Returns a flag as compiled for this plan, or null if a plan in another order cannot reuse it. */
    private @Nullable CompiledFlag known(PreparedFlag flag, EvaluationOrder nextOrder) {
        int index = order.index(flag.flag().key());
        int position = index < 0 ? -1 : order.position(index);
        boolean reusable = position >= 0 && findsResults(flag.references(), nextOrder);
        return reusable ? known(flag, index, position) : null;
    }

    /** Whether the results of some flags are where they were. */
    private boolean findsResults(List<String> keys, EvaluationOrder nextOrder) {
        for (String key : keys) {
            if (order.position(key) != nextOrder.position(key)) {
                return false;
            }
        }
        return true;
    }

    private static List<Condition> cohortConditions(EvaluationOrder order, List<PreparedFlag> flags) {
        List<Condition> conditions = new ArrayList<>();
        for (int index : order.all()) {
            List<Condition> added = flags.get(index).cohortConditions();
            if (!added.isEmpty()) {
                conditions.addAll(added);
            }
        }
        return conditions;
    }
}
