package io.variate.http.flags;

import io.variate.http.events.FlagEvent;
import io.variate.rulesets.ServedFlags;
import io.variate.web.connections.Wire;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import org.jspecify.annotations.Nullable;

/**
 * One stream of flag sets, as server-sent events: each event is the whole set.
 *
 * <p>One write is under way at a time, and of the sets that come meanwhile only the newest is kept, by reference. So a
 * slow reader costs the copy of one slice at most, and gets the newest set next. Used on the event loop of its request; times
 * are those of {@link System#nanoTime}.
 */
final class FlagStream {
    /** Clients want an event that is not empty, and take one of a single space for a sign of life. */
    private static final FlagEvent KEEP_ALIVE = new FlagEvent(Buffer.buffer("data:  \n\n"));

    /** What one write through Vert.x hands to the socket, which has a copy of its own until the reader takes it. */
    private static final int COPIED_BYTES = 16 * 1024;

    /** What one write hands to the socket by reference; so much must be taken for a reader not to have stalled. */
    private static final int SHARED_BYTES = 64 * 1024;

    private final HttpServerRequest request;
    private final FlagFeed feed;
    private final long keepAliveNanos;

    private boolean offered;
    private long hash;
    private @Nullable FlagEvent waiting;

    private @Nullable Wire wire;
    private boolean writing;
    private long writingSince;
    private long keepAliveAt;

    /**
     * Nothing is sent yet.
     *
     * @param keepAliveAt when the first sign of life is due; others follow at the interval
     */
    FlagStream(HttpServerRequest request, FlagFeed feed, long keepAliveAt, long keepAliveNanos) {
        this.request = request;
        this.feed = feed;
        this.keepAliveAt = keepAliveAt;
        this.keepAliveNanos = keepAliveNanos;
    }

    FlagFeed feed() {
        return feed;
    }

    /**
     * Sends a set in its turn, unless its content is what was offered last.
     *
     * @param event the flags
     */
    void offer(ServedFlags flags, FlagEvent event) {
        if (offered && hash == flags.hash()) {
            return;
        }
        offered = true;
        hash = flags.hash();
        if (writing) {
            waiting = event;
        } else {
            send(event);
        }
    }

    /** Sends a sign of life if it is time for one; a stream that has something to send needs none. */
    void keepAlive(long now) {
        if (now - keepAliveAt < 0) {
            return;
        }
        keepAliveAt = now + keepAliveNanos;
        if (!writing) {
            // Not by the wire: what closes idle connections is to see it.
            write(KEEP_ALIVE, 0);
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
            Wire.cut(request);
        } else {
            request.response().end();
        }
    }

    private void send(FlagEvent event) {
        Wire below = wire;
        if (below == null) {
            write(event, 0);
        } else {
            pass(below, event, 0);
        }
    }

    private void write(FlagEvent event, int from) {
        for (int at = from; at < event.textLength(); at += COPIED_BYTES) {
            int next = Math.min(at + COPIED_BYTES, event.textLength());
            Future<Void> written = request.response().write(event.text(at, next));
            if (!written.isComplete()) {
                await();
                written.onSuccess(done -> write(event, next));
                return;
            }
        }
        if (wire == null) {
            wire = Wire.below(request);
        }
        goOn();
    }

    private void pass(Wire below, FlagEvent event, int from) {
        for (int at = from; at < event.chunkLength(); at += SHARED_BYTES) {
            int next = Math.min(at + SHARED_BYTES, event.chunkLength());
            if (!below.write(event.chunk(at, next), () -> pass(below, event, next))) {
                await();
                return;
            }
        }
        goOn();
    }

    private void await() {
        writing = true;
        writingSince = System.nanoTime();
    }

    private void goOn() {
        writing = false;
        FlagEvent next = waiting;
        if (next != null) {
            waiting = null;
            send(next);
        }
    }
}
