package io.variate.http.flags;

import io.variate.rulesets.ServedFlags;
import io.variate.web.connections.Wire;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import org.jspecify.annotations.Nullable;

/**
 * One stream of flag sets as server-sent events; each event is a complete set.
 *
 * <p>At most one write is in flight. Of the sets offered meanwhile only the newest is kept, by reference, and sent next.
 * So a slow reader costs a copy of one slice at most. Used on the event loop of its request; times are those of
 * {@link System#nanoTime}.
 */
final class FlagStream {
    /** Clients ignore empty events, and take an event of a single space as a keep-alive. */
    private static final FlagSetEvent KEEP_ALIVE = new FlagSetEvent(Buffer.buffer("data:  \n\n"));

    /** Size of one write through Vert.x, which copies it until the reader has received it. */
    private static final int COPIED_BYTES = 16 * 1024;

    /** Size of one write by reference. A reader that does not receive this much within the stall timeout has stalled. */
    private static final int SHARED_BYTES = 64 * 1024;

    private final HttpServerRequest request;
    private final FlagSubscription subscription;
    private final long keepAliveNanos;

    private boolean offered;
    private long hash;
    private @Nullable FlagSetEvent waiting;

    private @Nullable Wire wire;
    private boolean writing;
    private long writingSince;
    private long keepAliveAt;

    /**
     * A stream that has sent nothing yet.
     *
     * @param keepAliveAt when the first keep-alive is due
     * @param keepAliveNanos interval of the following ones
     */
    FlagStream(HttpServerRequest request, FlagSubscription subscription, long keepAliveAt, long keepAliveNanos) {
        this.request = request;
        this.subscription = subscription;
        this.keepAliveAt = keepAliveAt;
        this.keepAliveNanos = keepAliveNanos;
    }

    FlagSubscription subscription() {
        return subscription;
    }

    /**
     * Sends a set after the current write, unless its content equals that of the previous set.
     *
     * @param event the encoded set
     */
    void offer(ServedFlags flags, FlagSetEvent event) {
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

    /** Sends a keep-alive if one is due and nothing else is being sent. */
    void keepAlive(long now) {
        if (now - keepAliveAt < 0) {
            return;
        }
        keepAliveAt = now + keepAliveNanos;
        if (!writing) {
            // Through Vert.x and not the wire, so that its idle timeout notices the write.
            write(KEEP_ALIVE, 0);
        }
    }

    /**
     * Whether the current write has made no progress for longer than {@code nanos}. With a slow reader, the kernel may
     * accept no bytes for some seconds, since it waits for much free space in its buffer.
     */
    boolean isStalled(long now, long nanos) {
        return writing && now - writingSince > nanos;
    }

    /** Ends the answer; cuts the connection if a write is in flight. */
    void end() {
        if (writing) {
            Wire.cut(request);
        } else {
            request.response().end();
        }
    }

    private void send(FlagSetEvent event) {
        Wire below = wire;
        if (below == null) {
            write(event, 0);
        } else {
            pass(below, event, 0);
        }
    }

    private void write(FlagSetEvent event, int from) {
        for (int at = from; at < event.textLength(); at += COPIED_BYTES) {
            int next = Math.min(at + COPIED_BYTES, event.textLength());
            Future<Void> written = request.response().write(event.text(at, next));
            if (!written.isComplete()) {
                startWaiting();
                written.onSuccess(done -> write(event, next));
                return;
            }
        }
        if (wire == null) {
            wire = Wire.below(request);
        }
        finishWrite();
    }

    private void pass(Wire below, FlagSetEvent event, int from) {
        for (int at = from; at < event.chunkLength(); at += SHARED_BYTES) {
            int next = Math.min(at + SHARED_BYTES, event.chunkLength());
            if (!below.write(event.chunk(at, next), () -> pass(below, event, next))) {
                startWaiting();
                return;
            }
        }
        finishWrite();
    }

    private void startWaiting() {
        writing = true;
        writingSince = System.nanoTime();
    }

    private void finishWrite() {
        writing = false;
        FlagSetEvent next = waiting;
        if (next != null) {
            waiting = null;
            send(next);
        }
    }
}
