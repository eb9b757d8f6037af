package io.variate.web.connections;

import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/**
 * Shares an event loop between known and new clients: connections with a successful request are read as their bytes arrive,
 * all others a few in each turn. So thousands of new connections cannot delay known clients. Used on its loop only.
 *
 * <p>A turn is one iteration of the event loop: it ends when the loop has read all other connections once.
 */
final class Turns {
    /** Reads of new connections in each turn. */
    private static final int NEW_CONNECTIONS = 64;

    private final EventLoop loop;
    private final Queue<ConnectionGuard> waiting = new ArrayDeque<>();
    private int taken;
    private boolean scheduled;

    Turns(EventLoop loop) {
        this.loop = loop;
    }

    /** Whether the bytes of a connection may be read now; otherwise a later turn calls {@link ConnectionGuard#resume}. */
    boolean take(ConnectionGuard guard) {
        scheduleNext();
        if (taken < NEW_CONNECTIONS && waiting.isEmpty()) {
            taken++;
            return true;
        }
        waiting.add(guard);
        return false;
    }

    /** Schedules the turn, because an executed task would run before the loop polls its sockets again. */
    @SuppressWarnings("FutureReturnValueIgnored")
    private void scheduleNext() {
        if (!scheduled) {
            scheduled = true;
            loop.schedule(this::next, 0, TimeUnit.NANOSECONDS);
        }
    }

    private void next() {
        scheduled = false;
        taken = 0;
        while (taken < NEW_CONNECTIONS && !waiting.isEmpty()) {
            taken++;
            waiting.remove().resume();
        }
        if (!waiting.isEmpty()) {
            scheduleNext();
        }
    }
}
