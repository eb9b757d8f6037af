package io.variate.bus;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * The questions of several users, in one message; the answer is an {@link EvaluationBatchResponse}.
 *
 * @param requests at most {@link #MOST}
 */
public record EvaluationBatch(List<EvaluationRequest> requests) implements Expiring<EvaluationBatch> {
    /** An evaluator is busy with so many for some milliseconds, in which it answers nobody else. */
    public static final int MOST = 100;

    /** Version of this message and of its answer; a receiver refuses a higher one. */
    public static final int VERSION = 1;

    private static final String REQUESTS = "requests";

    /** @throws IllegalArgumentException if they are too many */
    public EvaluationBatch {
        requests = List.copyOf(requests);
        if (requests.size() > MOST) {
            throw new IllegalArgumentException(REQUESTS + ": must be at most " + MOST);
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
     * The requests of such a message, each to be read by {@link EvaluationRequest#fromJson}.
     *
     * @throws UnsupportedVersionException for a version above that of this code
     * @throws IllegalArgumentException if they are no objects, or too many
     */
    public static List<JsonObject> requestsOf(JsonObject json) {
        if (json.getValue("version", 1) instanceof Number version && version.intValue() > VERSION) {
            throw new UnsupportedVersionException(version.intValue());
        }
        if (!(json.getValue(REQUESTS) instanceof JsonArray array) || array.size() > MOST) {
            throw new IllegalArgumentException(REQUESTS + ": must be an array of at most " + MOST);
        }
        for (Object element : array) {
            if (!(element instanceof JsonObject)) {
                throw new IllegalArgumentException(REQUESTS + ": must hold objects");
            }
        }
        return array.stream().map(JsonObject.class::cast).toList();
    }
}
