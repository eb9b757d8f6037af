package io.variate.bus;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;

/**
 * The answer to one {@link EvaluationRequest}.
 *
 * @param revision revision of the ruleset that produced the whole answer
 * @param answer UTF-8 JSON object, flag key to variant, in the requested format; never modified after creation
 */
public record EvaluationResponse(long revision, Buffer answer) {

    /** The JSON form, the reply to a JSON request: {@code {"version": 1, "revision": 7, "variants": {…}}}. */
    public JsonObject toJson() {
        return new JsonObject()
                .put("version", EvaluationRequest.VERSION)
                .put("revision", revision)
                .put("variants", new JsonObject(answer));
    }
}
