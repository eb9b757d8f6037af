package io.variate.bus;

import io.vertx.core.json.JsonObject;
import java.util.Locale;

/** What became of one user's question in a batch. */
public sealed interface EvaluationOutcome {
    /** It was answered. */
    record Answered(EvaluationResponse response) implements EvaluationOutcome {
        @Override
        public JsonObject toJson() {
            JsonObject json = response.toJson();
            json.remove("version");
            return json;
        }
    }

    /**
     * It was not.
     *
     * @param message for a person
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

    /** The form in which it goes back to a sender of JSON: that of an answer without its version, or an error. */
    JsonObject toJson();
}
