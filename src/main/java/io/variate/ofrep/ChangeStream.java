package io.variate.ofrep;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;

/** One provider that waits to be told of changes. Used on the event loop of its request. */
final class ChangeStream {
    /** A comment, which providers do not see. */
    private static final Buffer SIGN_OF_LIFE = Buffer.buffer(":\n\n");

    /** Room for some notices: a reader that takes none gets no more, and its connection ends as idle. */
    private static final int MOST_UNREAD_BYTES = 1024;

    private final HttpServerResponse response;
    private final String deploymentKey;
    private long told;
    private boolean outdated;

    /** @param told the revision that the provider knows of */
    ChangeStream(HttpServerResponse response, String deploymentKey, long told) {
        this.response = response.setWriteQueueMaxSize(MOST_UNREAD_BYTES);
        this.deploymentKey = deploymentKey;
        this.told = told;
    }

    String deploymentKey() {
        return deploymentKey;
    }

    /** Begins the stream; a browser that loses it comes back after that time. */
    void begin(long retryMillis) {
        write(Buffer.buffer("retry: " + retryMillis + "\n\n"));
    }

    /** Makes a notice due whatever the provider knows of, for answers have changed within a revision. */
    void outdate() {
        outdated = true;
    }

    /**
     * Sends a notice if the provider does not know of the revision, or one is due.
     *
     * @return whether it was sent
     */
    boolean tell(long revision) {
        if ((revision <= told && !outdated) || response.writeQueueFull()) {
            return false;
        }
        outdated = false;
        told = Math.max(told, revision);
        write(Buffer.buffer(
                "id: " + revision + "\ndata: {\"type\":\"refetchEvaluation\",\"etag\":\"" + revision + "\"}\n\n"));
        return true;
    }

    /** Sends a notice that could not be sent before, or else a sign of life. */
    void tick(long revision) {
        if (!tell(revision) && !response.writeQueueFull()) {
            write(SIGN_OF_LIFE);
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored")
    void end() {
        response.end();
    }

    /** A failure to write is the end of the connection, of which the close handler tells. */
    @SuppressWarnings("FutureReturnValueIgnored")
    private void write(Buffer text) {
        response.write(text);
    }
}
