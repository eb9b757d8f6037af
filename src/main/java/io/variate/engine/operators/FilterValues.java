package io.variate.engine.operators;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/** The filter values that a text is compared with: exactly, or ignoring case if both are boolean words. Immutable. */
final class FilterValues {

    /** Up to this size, a linear comparison is faster than a hash lookup. */
    private static final int MAX_LINEAR = 4;

    private final Set<String> exact;
    private final String[] listed;
    private final boolean hasTrue;
    private final boolean hasFalse;

    FilterValues(Collection<String> values) {
        exact = new HashSet<>(values);
        listed = exact.toArray(String[]::new);
        hasTrue = BooleanWord.TRUE.isAmong(exact);
        hasFalse = BooleanWord.FALSE.isAmong(exact);
    }

    boolean contains(String text) {
        if (isListed(text)) {
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

    private boolean isListed(String text) {
        if (listed.length > MAX_LINEAR) {
            return exact.contains(text);
        }
        for (String value : listed) {
            if (value.equals(text)) {
                return true;
            }
        }
        return false;
    }

    boolean containsAnyOf(ListForm list) {
        Property[] elements = list.elements();
        if (listed.length < elements.length && !hasTrue && !hasFalse) {
            return isAnyIn(list.texts());
        }
        for (Property element : elements) {
            if (contains(element.text())) {
                return true;
            }
        }
        return false;
    }

    /** Looks the values up in the texts of the list instead: these texts are collected once for all conditions. */
    private boolean isAnyIn(Set<String> texts) {
        for (String value : listed) {
            if (texts.contains(value)) {
                return true;
            }
        }
        return false;
    }
}
