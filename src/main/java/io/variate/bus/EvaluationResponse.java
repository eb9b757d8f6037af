package io.variate.bus;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;

/**
 * The answer to one {@link EvaluationRequest}.
 *
 * @param revision the ruleset that the whole answer comes from
 * @param answer UTF-8 JSON object, flag key to variant, in the format asked for; never written to after creation
 */
public record EvaluationResponse(long revision, Buffer answer) {

    /** The form that goes back to a sender of JSON: {@code {"version": 1, "revision": 7, "variants": {…}}}. */
    public JsonObject toJson() {
        return new JsonObject()
                .put("version", EvaluationRequest.VERSION)
                .put("revision", revision)
                .put("variants", new JsonObject(answer));
    }
}
