package io.variate.bus;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * The reply to an {@link EvaluationBatch}.
 *
 * @param outcomes one for each request, in order
 */
public record EvaluationBatchResponse(List<EvaluationOutcome> outcomes) {

    public EvaluationBatchResponse {
        outcomes = List.copyOf(outcomes);
    }

    /** The JSON form, the reply to a JSON request: <code>{"version": 1, "answers": [{…} or {"error": {…}}]}</code>. */
    public JsonObject toJson() {
        JsonArray answers = new JsonArray();
        outcomes.forEach(outcome -> answers.add(outcome.toJson()));
        return new JsonObject().put("version", EvaluationBatch.VERSION).put("answers", answers);
    }
}
