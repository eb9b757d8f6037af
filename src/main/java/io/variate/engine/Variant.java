package io.variate.engine;

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

    public Variant {
        value = Tree.copyOf(value);
        payload = Tree.copyOf(payload);
        metadata = metadata == null ? null : Tree.copyOfMap(metadata);
    }
}
