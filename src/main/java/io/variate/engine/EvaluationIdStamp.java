package io.variate.engine;

import io.variate.json.Json;
import java.nio.charset.StandardCharsets;

/**
 * Adds the id of an evaluation to the encoded variants of its response: as {@code evaluationId} in the metadata, which
 * come last, and in {@link AnswerShape#V1} also beside the metadata. A variant whose own metadata contain that field
 * keeps it.
 */
final class EvaluationIdStamp {
    private static final String NAME = "evaluationId";

    /** Replaces the two closing braces of an entry with metadata. */
    private final byte[] endAfterMetadata;

    /** Replaces the closing brace of an entry without metadata. */
    private final byte[] endWithoutMetadata;

    EvaluationIdStamp(AnswerShape shape, String evaluationId) {
        String member = "\"" + NAME + "\":" + Json.write(evaluationId);
        String end = "}" + (shape == AnswerShape.V1 ? "," + member : "") + "}";
        endAfterMetadata = ("," + member + end).getBytes(StandardCharsets.UTF_8);
        endWithoutMetadata = (",\"metadata\":{" + member + end).getBytes(StandardCharsets.UTF_8);
    }

    /** Writes an entry from an offset. */
    void write(EvaluatedVariant variant, byte[] entry, int from, ByteSink sink) {
        if (variant.metadata() == null) {
            sink.write(entry, from, entry.length - 1 - from);
            sink.write(endWithoutMetadata, 0, endWithoutMetadata.length);
        } else if (variant.metadata().containsKey(NAME)) {
            sink.write(entry, from, entry.length - from);
        } else {
            sink.write(entry, from, entry.length - 2 - from);
            sink.write(endAfterMetadata, 0, endAfterMetadata.length);
        }
    }
}
