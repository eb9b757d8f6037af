package io.variate.engine;

import io.variate.engine.operators.Operator;
import io.variate.engine.operators.Property;
import io.variate.engine.patterns.AbandonedMatch;
import io.variate.engine.patterns.PatternMatching;
import org.jspecify.annotations.Nullable;

/**
 * A condition ready to be tested. Conditions that ask the same of the same property are one object. Immutable once the
 * plan that it belongs to is made.
 */
final class CompiledCondition {

    private static final int NOT_REMEMBERED = -1;

    private final Selector selector;
    private final Operator operator;

    /** Under which the outcome is remembered for one user; most conditions occur only once and are not. */
    private int number = NOT_REMEMBERED;

    CompiledCondition(Selector selector, Operator operator) {
        this.selector = selector;
        this.operator = operator;
    }

    boolean isRemembered() {
        return number != NOT_REMEMBERED;
    }

    /** Has the outcome remembered from now on; never for a condition that depends on results, which come and go. */
    void rememberAs(int newNumber) {
        number = newNumber;
    }

    boolean holds(EvaluationState target) {
        if (number == NOT_REMEMBERED) {
            return test(select(target), target.patterns());
        }
        byte known = target.outcome(number);
        if (known != EvaluationState.UNKNOWN) {
            return known == EvaluationState.HELD;
        }
        boolean holds = test(select(target), target.patterns());
        target.remember(number, holds);
        return holds;
    }

    /** The property that the condition is about. */
    @Nullable
    Property select(EvaluationState target) {
        return selector.select(target);
    }

    private boolean test(@Nullable Property property, PatternMatching patterns) {
        if (property == null) {
            return operator.holdsForNull();
        }
        patterns.beginCondition();
        try {
            return operator.holds(property, patterns);
        } catch (AbandonedMatch nobodyCanSay) {
            return false;
        }
    }
}
