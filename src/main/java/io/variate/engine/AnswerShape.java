package io.variate.engine;

import io.variate.json.JsonWriter;
import io.variate.json.TextForm;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a variant is written in the answer to a client. Shapes for SDKs write {@code value} as text and leave out
 * what is null, since clients are known to fail on anything else; flags marked as not deployed appear in no shape.
 */
public enum AnswerShape {
    /** Public REST and the first clients: {@code key, value, payload, expKey, metadata}; no default variants. */
    V1,

    /** Present clients: {@code key, value, payload, metadata}; default variants stay. */
    V2,

    /**
     * As {@link #V2}, with the {@link OpenFeatureReason} of each variant as {@code reason}, and {@code value} of the type that it
     * has in the flag: true or false for a flag that is no more than on or off.
     */
    REASONED;

    /** The entry of a variant in an answer, with a comma ahead, or null if the shape leaves the variant out. */
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
