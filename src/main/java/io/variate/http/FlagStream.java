package io.variate.http;

import io.variate.rulesets.ServedFlags;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import org.jspecify.annotations.Nullable;

/**
 * One stream of flag sets, as server-sent events: each event is the whole set.
 *
 * <p>One write is under way at a time, and of the sets that come meanwhile only the newest is kept, by reference. So a
 * slow reader costs the copy of one slice, and gets the newest set next. Used on the event loop of its request; times
 * are those of {@link System#nanoTime}.
 */
final class FlagStream {
    /** Clients want an event that is not empty, and take one of a single space for a sign of life. */
    private static final Buffer KEEP_ALIVE = Buffer.buffer("data:  \n\n");

    /** What one write hands to the socket, which has a copy of its own until the reader takes it. */
    private static final int SLICE_BYTES = 16 * 1024;

    private static final Buffer NOTHING = Buffer.buffer();

    private final HttpServerRequest request;
    private final String deploymentKey;
    private final long keepAliveNanos;

    private @Nullable ServedFlags newest;
    private boolean isNewestSent;
    private Buffer event = NOTHING;
    private int position;

    private boolean writing;
    private long writingSince;
    private long keepAliveAt;

    /**
     * Nothing is sent yet.
     *
     * @param keepAliveAt when the first sign of life is due; others follow at the interval
     */
    FlagStream(HttpServerRequest request, String deploymentKey, long keepAliveAt, long keepAliveNanos) {
        this.request = request;
        this.deploymentKey = deploymentKey;
        this.keepAliveAt = keepAliveAt;
        this.keepAliveNanos = keepAliveNanos;
    }

    /** Whose flags these are. */
    String deploymentKey() {
        return deploymentKey;
    }

    /** Sends a set in its turn, unless its content is what was sent or is to be sent last. */
    void offer(ServedFlags flags) {
        ServedFlags last = newest;
        if (last == null || last.hash() != flags.hash()) {
            newest = flags;
            isNewestSent = false;
            write();
        }
    }

    /** Sends a sign of life if it is time for one; a stream that has something to send needs none. */
    void keepAlive(long now) {
        if (now - keepAliveAt < 0) {
            return;
        }
        keepAliveAt = now + keepAliveNanos;
        if (!writing) {
            event = KEEP_ALIVE;
            position = 0;
            write();
        }
    }

    /** Whether its reader has taken nothing of what was sent for some time. */
    boolean isStalled(long now, long nanos) {
        return writing && now - writingSince > nanos;
    }

    /** Ends the answer, in the middle of a set if its reader is slow. */
    void end() {
        if (writing) {
            Hangup.on(request);
        } else {
            request.response().end();
        }
    }

    private void write() {
        while (!writing && hasMore()) {
            int end = Math.min(position + SLICE_BYTES, event.length());
            Future<Void> written = request.response().write(event.slice(position, end));
            position = end;
            if (!written.isComplete()) {
                writing = true;
                writingSince = System.nanoTime();
                written.onSuccess(done -> {
                    writing = false;
                    write();
                });
            }
        }
    }

    /** An event that has begun goes on to its end, for half of one would spoil the next. */
    private boolean hasMore() {
        if (position < event.length()) {
            return true;
        }
        event = NOTHING;
        position = 0;
        ServedFlags next = newest;
        if (next == null || isNewestSent) {
            return false;
        }
        isNewestSent = true;
        event = next.event();
        return true;
    }
}
