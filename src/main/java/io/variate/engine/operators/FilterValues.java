package io.variate.engine.operators;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/** Texts that a text can be one of: exactly, or ignoring case where both are boolean words. Immutable. */
final class FilterValues {

    /** Up to so many are faster compared one by one than looked up by their hash. */
    private static final int FEW = 4;

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

    boolean include(String text) {
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
        if (listed.length > FEW) {
            return exact.contains(text);
        }
        for (String value : listed) {
            if (value.equals(text)) {
                return true;
            }
        }
        return false;
    }

    boolean includeAnyOf(ListForm list) {
        Property[] elements = list.elements();
        if (listed.length < elements.length && !hasTrue && !hasFalse) {
            return areAmong(list.texts());
        }
        for (Property element : elements) {
            if (include(element.text())) {
                return true;
            }
        }
        return false;
    }

    /** The same question from the other side: the texts of a list are collected once for all conditions that ask. */
    private boolean areAmong(Set<String> texts) {
        for (String value : listed) {
            if (texts.contains(value)) {
                return true;
            }
        }
        return false;
    }
}
