package io.variate.engine.operators;

import io.variate.json.Json;
import io.variate.json.TextForm;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A value that a selector leads to, in the forms that operators ask for. Each form is made when it is first asked for
 * and then kept, however many conditions ask.
 *
 * <p>Thread-safe: forms are immutable, and threads that race to make one make equal ones.
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
     * @param value part of a tree as {@link Json} makes it
     */
    public Property(Object value) {
        this.value = value;
    }

    public Object value() {
        return value;
    }

    public String text() {
        String form = text;
        if (form == null) {
            form = TextForm.of(value);
            text = form;
        }
        return form;
    }

    /** The text in lower case, by no language's rules in particular. */
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

    /** The elements, or null for a value that is no list. */
    @Nullable
    public ListForm list() {
        if (ListForm.isRuledOut(value)) {
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
