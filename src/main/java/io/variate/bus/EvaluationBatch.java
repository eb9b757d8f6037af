package io.variate.bus;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * Requests for several users in one message; the reply is an {@link EvaluationBatchResponse}.
 *
 * @param requests at most {@link #MOST}
 */
public record EvaluationBatch(List<EvaluationRequest> requests) implements Expiring<EvaluationBatch> {
    /** Limits how long a batch occupies an evaluator: some milliseconds, in which it answers no other request. */
    public static final int MOST = 100;

    /** Version of this message and of its reply; a receiver rejects a higher one. */
    public static final int VERSION = 1;

    private static final String REQUESTS = "requests";

    /** @throws IllegalArgumentException for more than {@link #MOST} requests */
    public EvaluationBatch {
        requests = List.copyOf(requests);
        if (requests.size() > MOST) {
            throw new IllegalArgumentException(
                    REQUESTS + ": must have at most " + MOST + " elements, has " + requests.size());
        }
    }

    @Override
    public EvaluationBatch until(long moment) {
        return new EvaluationBatch(
                requests.stream().map(request -> request.until(moment)).toList());
    }

    /** Whether a message in JSON is a batch: <code>{"version": 1, "requests": [{…}, …]}</code>. */
    public static boolean isBatch(JsonObject json) {
        return json.containsKey(REQUESTS);
    }

    /**
     * The requests of a batch in JSON. {@link EvaluationRequest#fromJson} reads each.
     *
     * @throws UnsupportedVersionException for a version above {@link #VERSION}
     * @throws IllegalArgumentException if {@code requests} is not an array of at most {@link #MOST} objects
     */
    public static List<JsonObject> requestsOf(JsonObject json) {
        if (json.getValue("version", 1) instanceof Number version && version.intValue() > VERSION) {
            throw new UnsupportedVersionException(version.intValue());
        }
        if (!(json.getValue(REQUESTS) instanceof JsonArray array) || array.size() > MOST) {
            throw new IllegalArgumentException(REQUESTS + ": must be an array of at most " + MOST + " objects");
        }
        for (Object element : array) {
            if (!(element instanceof JsonObject)) {
                throw new IllegalArgumentException(REQUESTS + ": must be an array of objects");
            }
        }
        return array.stream().map(JsonObject.class::cast).toList();
    }
}
