package io.variate.engine;

import org.jspecify.annotations.Nullable;

/** A condition ready to be tested. Conditions that ask the same of the same property are one object. Immutable. */
final class CompiledCondition {

    /** The number of all conditions that depend on earlier results, and can come out differently later on. */
    static final int NOT_REMEMBERED = 0;

    private final Selector selector;
    private final Operator operator;
    private final int number;

    /** @param number under which the outcome is remembered for one user */
    CompiledCondition(Selector selector, Operator operator, int number) {
        this.selector = selector;
        this.operator = operator;
        this.number = number;
    }

    boolean holds(Target target) {
        byte known = target.outcome(number);
        if (known != Target.UNKNOWN) {
            return known == Target.HELD;
        }
        boolean holds = test(select(target), target.patterns());
        if (number != NOT_REMEMBERED) {
            target.remember(number, holds);
        }
        return holds;
    }

    /** The property that the condition is about. */
    @Nullable
    Property select(Target target) {
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
