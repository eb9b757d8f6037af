package io.variate.engine;

/** A condition ready to be tested. Immutable. */
record CompiledCondition(Selector selector, Operator operator) {

    boolean holds(Target target) {
        Object property = selector.select(target);
        try {
            return property == null ? operator.holdsForNull() : operator.holds(property);
        } catch (SteppedText.Exhausted nobodyCanSay) {
            return false;
        }
    }

    /** Whether all conditions hold. */
    static boolean allHold(CompiledCondition[] conditions, Target target) {
        for (CompiledCondition condition : conditions) {
            if (!condition.holds(target)) {
                return false;
            }
        }
        return true;
    }
}
