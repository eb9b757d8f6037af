package io.variate.engine.model;

import io.variate.json.Tree;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Something a flag can assign. Deeply immutable.
 *
 * @param key the name that results carry, which need not be the one it has among the flag's variants
 * @param value any JSON tree; text in practice
 * @param payload any JSON tree, opaque to evaluation
 * @param metadata merged into the result when this variant is assigned, or null
 */
public record Variant(
        String key,
        @Nullable Object value,
        @Nullable Object payload,
        @Nullable Map<String, @Nullable Object> metadata) {

    public static final String ON = "on";
    private static final String OFF = "off";

    public Variant {
        value = Tree.copyOf(value);
        payload = Tree.copyOf(payload);
        metadata = metadata == null ? null : Tree.copyOfMap(metadata);
    }

    /** Whether it says on or off and nothing beside. */
    boolean isOnOrOff() {
        return (key.equals(ON) || key.equals(OFF)) && payload == null && (value == null || value.equals(key));
    }
}
