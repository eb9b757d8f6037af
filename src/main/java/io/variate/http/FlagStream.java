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

    private final HttpServerRequest request;
    private final String deploymentKey;
    private final long keepAliveNanos;

    private boolean offered;
    private long hash;
    private @Nullable ServedFlags waiting;

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

    /** Sends a set in its turn, unless its content is what was offered last. */
    void offer(ServedFlags flags) {
        if (offered && hash == flags.hash()) {
            return;
        }
        offered = true;
        hash = flags.hash();
        if (writing) {
            waiting = flags;
        } else {
            send(flags.event(), 0);
        }
    }

    /** Sends a sign of life if it is time for one; a stream that has something to send needs none. */
    void keepAlive(long now) {
        if (now - keepAliveAt < 0) {
            return;
        }
        keepAliveAt = now + keepAliveNanos;
        if (!writing) {
            send(KEEP_ALIVE, 0);
        }
    }

    /**
     * Whether the socket has taken nothing of what was to be sent for some time. With a reader that takes little it may
     * be some seconds until the system lets the next bytes in, for it waits for much room to be free.
     */
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

    private void send(Buffer event, int from) {
        for (int at = from; at < event.length(); at += SLICE_BYTES) {
            int next = Math.min(at + SLICE_BYTES, event.length());
            Future<Void> written = request.response().write(event.slice(at, next));
            if (!written.isComplete()) {
                writing = true;
                writingSince = System.nanoTime();
                written.onSuccess(done -> goOn(event, next));
                return;
            }
        }
    }

    private void goOn(Buffer event, int from) {
        writing = false;
        send(event, from);
        ServedFlags next = waiting;
        if (!writing && next != null) {
            waiting = null;
            send(next.event(), 0);
        }
    }
}
