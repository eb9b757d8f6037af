package io.variate.engine;

import io.variate.engine.model.Condition;
import io.variate.engine.model.Flag;
import io.variate.engine.operators.OperatorCatalog;
import io.variate.json.Problem;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A flag with everything that does not depend on a plan. Immutable.
 *
 * @param flag the flag as published
 * @param operators the operators of its conditions, in the order in which the flag lists them
 * @param problems the problems of its conditions
 * @param references the keys of the flags whose results its selectors lead to
 * @param cohortConditions the conditions that name cohorts
 * @param weight the approximate memory that the flag occupies, in bytes
 */
record PreparedFlag(
        Flag flag,
        FlagResults results,
        List<OperatorCatalog.Entry> operators,
        List<Problem> problems,
        List<String> references,
        List<Condition> cohortConditions,
        long weight) {

    PreparedFlag {
        operators = List.copyOf(operators);
        problems = List.copyOf(problems);
        references = List.copyOf(references);
        cohortConditions = List.copyOf(cohortConditions);
    }

    /** Whether this was prepared from the same object: only then is the flag known to be unchanged. */
    @SuppressWarnings("ReferenceEquality") // a comparison of contents costs as much as compiling
    boolean isOf(Flag other) {
        return flag == other;
    }

    /** Whether the other is this object. */
    @SuppressWarnings("ReferenceEquality") // as above
    boolean isSame(@Nullable PreparedFlag other) {
        return this == other;
    }
}
