package io.variate.bus;

import io.vertx.core.json.JsonObject;
import java.util.Locale;

/** The result of one request in a batch. */
public sealed interface EvaluationOutcome {
    /** The request was answered. */
    record Answered(EvaluationResponse response) implements EvaluationOutcome {
        @Override
        public JsonObject toJson() {
            JsonObject json = response.toJson();
            json.remove("version");
            return json;
        }
    }

    /**
     * The request failed.
     *
     * @param message the reason, for people
     */
    record Failed(FailureCode code, String message) implements EvaluationOutcome {
        @Override
        public JsonObject toJson() {
            return new JsonObject()
                    .put(
                            "error",
                            new JsonObject()
                                    .put("code", code.name().toLowerCase(Locale.ROOT))
                                    .put("message", message));
        }
    }

    /** The JSON form: an answer without its version, or an error. */
    JsonObject toJson();
}
