package io.variate.ofrep;

import io.variate.engine.model.Flag;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a flag comes to, as the protocol tells it: {@code {"key", "reason", "variant", "value"?, "metadata"?}}.
 *
 * <p>Without a value the application's own default counts. The protocol allows an answer without variant, but its provider
 * for Python fails on one.
 */
final class Resolution {
    /** What Amplitude calls the variant of users who get none, and keeps free for that. */
    private static final String NO_VARIANT = "off";

    private Resolution() {}

    /** Of a flag that came to nothing. */
    static Map<String, Object> ofNothing(Flag flag) {
        Map<String, Object> resolution = new LinkedHashMap<>();
        resolution.put("key", flag.key());
        resolution.put("reason", flag.isStatic() ? "STATIC" : "DEFAULT");
        resolution.put("variant", NO_VARIANT);
        return resolution;
    }

    /**
     * Of a flag that came to a variant.
     *
     * @param variant as an answer with reasons has it
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

    /** A default variant says that the flag has nothing to say, unless being off is all that it could say. */
    private static @Nullable Object value(Map<?, ?> variant, boolean isDefault) {
        Object value = variant.get("value");
        if (isDefault) {
            return value instanceof Boolean ? value : null;
        }
        Object payload = variant.get("payload");
        return payload == null ? value : payload;
    }

    /** The protocol's metadata hold strings, numbers and booleans only. */
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
