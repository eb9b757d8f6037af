package io.variate.engine;

import io.variate.json.JsonWriter;
import io.variate.json.TextForm;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The JSON form of a variant in a response. Shapes for SDKs write {@code value} as text and omit null fields, because
 * known clients fail on anything else. No shape includes flags that are marked as not deployed.
 */
public enum AnswerShape {
    /** The public REST API and early clients: {@code key, value, payload, expKey, metadata}; no default variants. */
    V1,

    /** Current clients: {@code key, value, payload, metadata}; includes default variants. */
    V2,

    /**
     * Like {@link #V2}, plus the {@link OpenFeatureReason} of each variant as {@code reason}. The {@code value} keeps
     * the type that it has in the flag; for an on/off flag it is a boolean.
     */
    REASONED;

    /**
     * Encodes the response entry of a variant, with a leading comma, or returns null if the shape omits the variant.
     */
    byte @Nullable [] entry(EvaluatedVariant variant) {
        if (!variant.isDeployed() || (this == V1 && variant.isDefault())) {
            return null;
        }
        StringBuilder out = new StringBuilder(256);
        JsonWriter writer = new JsonWriter(out.append(','));
        writer.writeString(variant.flagKey());
        out.append(":{\"key\":");
        writer.writeString(variant.key());
        writeField(out, "value", this == REASONED ? variant.typedValue() : text(variant.value()));
        writeField(out, "payload", variant.payload());
        Map<String, @Nullable Object> metadata = variant.metadata();
        if (this == V1 && metadata != null && metadata.get("experimentKey") instanceof String experiment) {
            writeField(out, "expKey", experiment);
        }
        writeField(out, "metadata", metadata);
        if (this == REASONED) {
            out.append(",\"reason\":\"").append(variant.reason()).append('"');
        }
        return out.append('}').toString().getBytes(StandardCharsets.UTF_8);
    }

    private static @Nullable Object text(@Nullable Object value) {
        return value == null ? null : TextForm.of(value);
    }

    private static void writeField(StringBuilder out, String name, @Nullable Object value) {
        if (value != null) {
            out.append(",\"").append(name).append("\":");
            new JsonWriter(out).write(value);
        }
    }
}
