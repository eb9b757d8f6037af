package io.variate.engine.operators;

import io.variate.json.Json;
import io.variate.json.TextForm;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A selected value, in the forms that operators need. Each form is computed on first use and then kept for all
 * conditions.
 *
 * <p>Thread-safe: forms are immutable, and racing threads compute equal ones.
 */
public final class Property {

    private final Object value;
    private @Nullable String text;
    private @Nullable String lowerCase;
    private @Nullable ParsedNumber number;
    private @Nullable ParsedVersion version;
    private @Nullable ListForm list;

    /**
     * Wraps a value.
     *
     * @param value part of a tree as {@link Json} returns it
     */
    public Property(Object value) {
        this.value = value;
    }

    /** The value as parsed. */
    public Object value() {
        return value;
    }

    /** The text as {@link TextForm} defines it. */
    public String text() {
        String form = text;
        if (form == null) {
            form = TextForm.of(value);
            text = form;
        }
        return form;
    }

    /** The text in lower case, independent of any locale. */
    String lowerCase() {
        String form = lowerCase;
        if (form == null) {
            form = text().toLowerCase(Locale.ROOT);
            lowerCase = form;
        }
        return form;
    }

    ParsedNumber number() {
        ParsedNumber form = number;
        if (form == null) {
            form = ParsedNumber.of(text());
            number = form;
        }
        return form;
    }

    ParsedVersion version() {
        ParsedVersion form = version;
        if (form == null) {
            form = ParsedVersion.of(text());
            version = form;
        }
        return form;
    }

    /** The elements, or null if the value is not a list. */
    @Nullable
    public ListForm list() {
        if (ListForm.isNoList(value)) {
            return null;
        }
        ListForm form = list;
        if (form == null) {
            form = ListForm.of(value);
            list = form;
        }
        return form == ListForm.NONE ? null : form;
    }
}
