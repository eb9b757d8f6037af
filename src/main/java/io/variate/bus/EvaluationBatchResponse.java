package io.variate.bus;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * What became of the questions of an {@link EvaluationBatch}.
 *
 * @param outcomes one for each question, in their order
 */
public record EvaluationBatchResponse(List<EvaluationOutcome> outcomes) {

    public EvaluationBatchResponse {
        outcomes = List.copyOf(outcomes);
    }

    /** The form that goes back to a sender of JSON: <code>{"version": 1, "answers": [{…} or {"error": {…}}]}</code>. */
    public JsonObject toJson() {
        JsonArray answers = new JsonArray();
        outcomes.forEach(outcome -> answers.add(outcome.toJson()));
        return new JsonObject().put("version", EvaluationBatch.VERSION).put("answers", answers);
    }
}
