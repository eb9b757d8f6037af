package io.variate.simulation;

import io.variate.engine.Explanation;
import io.variate.json.Json;
import io.variate.json.LoneSurrogates;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The answer that explains the variants of one user, as JSON. Immutable.
 *
 * @param head the fields before the explanations
 */
public record Explanations(Map<String, @Nullable Object> head) {

    /**
     * An answer about a revision.
     *
     * @param project its name; null for none
     */
    public static Explanations in(long revision, @Nullable String project) {
        Map<String, @Nullable Object> head = new LinkedHashMap<>();
        head.put("revision", revision);
        if (project != null) {
            head.put("project", project);
        }
        return new Explanations(head);
    }

    /** Encodes one flag after another, so that only one tree is in memory. Call it on a worker thread. */
    public Buffer encode(List<Explanation> explanations) {
        Buffer answer = Buffer.buffer();
        String fields = LoneSurrogates.escape(Json.write(head));
        append(answer, fields.substring(0, fields.length() - 1));
        append(answer, ",\"flags\":[");
        for (int i = 0; i < explanations.size(); i++) {
            append(answer, i == 0 ? "" : ",");
            append(answer, LoneSurrogates.escape(Json.write(explanations.get(i).asTree())));
        }
        append(answer, "]}");
        return answer;
    }

    private static void append(Buffer answer, String text) {
        answer.appendBytes(text.getBytes(StandardCharsets.UTF_8));
    }
}
