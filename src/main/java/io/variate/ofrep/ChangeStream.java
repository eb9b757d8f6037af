package io.variate.ofrep;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;

/** The stream of one provider that subscribes to change notifications. Used on the event loop of its request. */
final class ChangeStream {
    /** A comment, which providers ignore. */
    private static final Buffer KEEP_ALIVE = Buffer.buffer(":\n\n");

    /** Room for some notifications. A reader that does not read gets no more, and its connection times out as idle. */
    private static final int MOST_UNREAD_BYTES = 1024;

    private final HttpServerResponse response;
    private final String deploymentKey;
    private long notified;
    private boolean stale;

    /** @param notified the revision that the provider knows */
    ChangeStream(HttpServerResponse response, String deploymentKey, long notified) {
        this.response = response.setWriteQueueMaxSize(MOST_UNREAD_BYTES);
        this.deploymentKey = deploymentKey;
        this.notified = notified;
    }

    String deploymentKey() {
        return deploymentKey;
    }

    /** Begins the stream; a browser that loses it reconnects after that time. */
    void begin(long retryMillis) {
        write(Buffer.buffer("retry: " + retryMillis + "\n\n"));
    }

    /** Makes a notification due even without a new revision, because answers have changed within one. */
    void markStale() {
        stale = true;
    }

    /**
     * Sends a notification if the provider does not know the revision, or the stream is stale.
     *
     * @return whether it was sent
     */
    boolean notify(long revision) {
        if ((revision <= notified && !stale) || response.writeQueueFull()) {
            return false;
        }
        stale = false;
        notified = Math.max(notified, revision);
        write(Buffer.buffer(
                "id: " + revision + "\ndata: {\"type\":\"refetchEvaluation\",\"etag\":\"" + revision + "\"}\n\n"));
        return true;
    }

    /** Sends a notification that could not be sent before, or else a keep-alive. */
    void tick(long revision) {
        if (!notify(revision) && !response.writeQueueFull()) {
            write(KEEP_ALIVE);
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored")
    void end() {
        response.end();
    }

    /** A failed write closes the connection, which the close handler reports. */
    @SuppressWarnings("FutureReturnValueIgnored")
    private void write(Buffer text) {
        response.write(text);
    }
}
