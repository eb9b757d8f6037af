package io.variate.engine.model;

import io.variate.json.Tree;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An assignable variant of a flag. Deeply immutable.
 *
 * @param key the key in results, which may differ from the key among the variants of the flag
 * @param value any JSON tree; a string in practice
 * @param payload any JSON tree; evaluation ignores its content
 * @param metadata merged into the result when this variant is assigned, or null
 */
public record Variant(
        String key,
        @Nullable Object value,
        @Nullable Object payload,
        @Nullable Map<String, @Nullable Object> metadata) {

    /** The key of the enabled variant of an on/off flag. */
    public static final String ON = "on";

    private static final String OFF = "off";

    public Variant {
        value = Tree.copyOf(value);
        payload = Tree.copyOf(payload);
        metadata = metadata == null ? null : Tree.copyOfMap(metadata);
    }

    /** Whether the variant is a plain {@code on} or {@code off}. */
    boolean isOnOrOff() {
        return (key.equals(ON) || key.equals(OFF)) && payload == null && (value == null || value.equals(key));
    }
}
