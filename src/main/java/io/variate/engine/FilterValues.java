package io.variate.engine;

import java.util.Collection;
import java.util.Set;

/** Texts that a text can be one of: exactly, or ignoring case where both are boolean words. Immutable. */
final class FilterValues {

    private final Set<String> exact;
    private final boolean hasTrue;
    private final boolean hasFalse;

    FilterValues(Collection<String> values) {
        exact = Set.copyOf(values);
        hasTrue = BooleanWord.TRUE.isAmong(exact);
        hasFalse = BooleanWord.FALSE.isAmong(exact);
    }

    boolean include(String text) {
        if (exact.contains(text)) {
            return true;
        }
        if (!hasTrue && !hasFalse) {
            return false;
        }
        return switch (BooleanWord.of(text)) {
            case TRUE -> hasTrue;
            case FALSE -> hasFalse;
            case NEITHER -> false;
        };
    }
}
