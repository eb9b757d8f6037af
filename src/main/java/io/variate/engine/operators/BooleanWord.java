package io.variate.engine.operators;

import java.util.Collection;

/**
 * The boolean that a text reads as, in any mix of case. Case is folded per character like {@link
 * String#equalsIgnoreCase}, so that a long s is an s.
 */
enum BooleanWord {
    TRUE,
    FALSE,
    NEITHER;

    static BooleanWord of(String text) {
        if (text.length() == 4 && text.equalsIgnoreCase("true")) {
            return TRUE;
        }
        if (text.length() == 5 && text.equalsIgnoreCase("false")) {
            return FALSE;
        }
        return NEITHER;
    }

    /** Whether some text reads as this boolean; false for {@link #NEITHER}. */
    boolean isAmong(Collection<String> texts) {
        if (this != NEITHER) {
            for (String text : texts) {
                if (of(text) == this) {
                    return true;
                }
            }
        }
        return false;
    }
}
