package io.variate.management.model;

import io.variate.json.Tree;
import org.jspecify.annotations.Nullable;

/**
 * A variant of a flag. Deeply immutable.
 *
 * @param key what applications receive; never {@value #OFF}
 * @param name for people; may be empty
 * @param description for people; may be empty
 * @param payload any JSON tree with numbers as written, or null if the variant has none
 */
public record FlagVariant(
        String key,
        String name,
        String description,
        @Nullable Object payload) {
    /** The variant that every flag has without listing it. */
    public static final String OFF = "off";

    public FlagVariant {
        payload = Tree.copyOf(payload);
    }

    /** A variant without texts and payload. */
    public FlagVariant(String key) {
        this(key, "", "", null);
    }
}
