package io.variate.ofrep;

import io.variate.engine.model.Flag;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The result of a flag in the form of the protocol: {@code {"key", "reason", "variant", "value"?, "metadata"?}}.
 *
 * <p>Without a value, the application uses its default. The protocol allows a result without variant, but the Python
 * provider fails on one.
 */
final class Resolution {
    /** Amplitude's reserved name for the variant of users who get none. */
    private static final String NO_VARIANT = "off";

    private Resolution() {}

    /** The result of a flag without a variant. */
    static Map<String, Object> withoutVariant(Flag flag) {
        Map<String, Object> resolution = new LinkedHashMap<>();
        resolution.put("key", flag.key());
        resolution.put("reason", flag.isStatic() ? "STATIC" : "DEFAULT");
        resolution.put("variant", NO_VARIANT);
        return resolution;
    }

    /**
     * The result of a flag with a variant.
     *
     * @param variant in the form of an answer with reasons
     */
    static Map<String, Object> of(String flagKey, Map<?, ?> variant) {
        Map<String, Object> resolution = new LinkedHashMap<>();
        resolution.put("key", flagKey);
        resolution.put("reason", reason(variant));
        put(resolution, "variant", variant.get("key"));
        Map<String, Object> metadata = flat(variant.get("metadata"));
        put(resolution, "value", value(variant, Boolean.TRUE.equals(metadata.get("default"))));
        if (!metadata.isEmpty()) {
            resolution.put("metadata", metadata);
        }
        return resolution;
    }

    private static Object reason(Map<?, ?> variant) {
        Object reason = variant.get("reason");
        return reason == null ? "UNKNOWN" : reason;
    }

    /** A default variant has no value, so that the application's default applies, unless the flag is only on or off. */
    private static @Nullable Object value(Map<?, ?> variant, boolean isDefault) {
        Object value = variant.get("value");
        if (isDefault) {
            return value instanceof Boolean ? value : null;
        }
        Object payload = variant.get("payload");
        return payload == null ? value : payload;
    }

    /** Metadata of the protocol may contain strings, numbers and booleans only. */
    private static Map<String, Object> flat(@Nullable Object metadata) {
        Map<String, Object> flat = new LinkedHashMap<>();
        if (metadata instanceof Map<?, ?> members) {
            members.forEach((name, value) -> {
                if (value instanceof String || value instanceof Number || value instanceof Boolean) {
                    flat.put(String.valueOf(name), value);
                }
            });
        }
        return flat;
    }

    private static void put(Map<String, Object> resolution, String name, @Nullable Object value) {
        if (value != null) {
            resolution.put(name, value);
        }
    }
}
