package io.variate.engine;

import io.variate.json.Json;
import java.nio.charset.StandardCharsets;

/**
 * Adds the id of an evaluation to the encoded variants of its answer, as {@code evaluationId} of the metadata, which stand
 * last; in {@link AnswerShape#V1} also beside them. A variant whose author has given it such metadata keeps those.
 */
final class EvaluationIdStamp {
    private static final String NAME = "evaluationId";

    /** What takes the place of the two braces that an entry with metadata ends in. */
    private final byte[] endAfterMetadata;

    /** What takes the place of the brace that an entry without metadata ends in. */
    private final byte[] endWithoutMetadata;

    EvaluationIdStamp(AnswerShape shape, String evaluationId) {
        String member = "\"" + NAME + "\":" + Json.write(evaluationId);
        String end = "}" + (shape == AnswerShape.V1 ? "," + member : "") + "}";
        endAfterMetadata = ("," + member + end).getBytes(StandardCharsets.UTF_8);
        endWithoutMetadata = (",\"metadata\":{" + member + end).getBytes(StandardCharsets.UTF_8);
    }

    /** Writes an entry from some offset on. */
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
