package io.variate.web.connections;

import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Checks the deadlines of all connections of one event loop twenty times a second. Used on that loop. */
final class LoopWatch {
    /** Checks per second. */
    static final int TICKS_PER_SECOND = 20;

    private final Turns turns;
    private final List<ConnectionGuard> guards = new ArrayList<>();
    private int ticks = 1;
    private volatile int now = ticks;
    private int evictedAt;

    @SuppressWarnings("FutureReturnValueIgnored") // runs until the loop ends
    LoopWatch(EventLoop loop) {
        turns = new Turns(loop);
        loop.scheduleAtFixedRate(this::tick, 1000 / TICKS_PER_SECOND, 1000 / TICKS_PER_SECOND, TimeUnit.MILLISECONDS);
    }

    /** The order in which new connections of this loop are read. */
    Turns turns() {
        return turns;
    }

    /** Time in ticks; any thread. */
    int now() {
        return now;
    }

    /** Whether a connection may be evicted for a new client: one in each tick. */
    boolean mayEvict() {
        boolean may = evictedAt != ticks;
        evictedAt = ticks;
        return may;
    }

    void add(ConnectionGuard guard) {
        guard.place = guards.size();
        guards.add(guard);
    }

    void remove(ConnectionGuard guard) {
        int place = guard.place;
        if (place >= 0) {
            guard.place = -1;
            ConnectionGuard last = guards.remove(guards.size() - 1);
            if (last != guard) {
                guards.set(place, last);
                last.place = place;
            }
        }
    }

    private void tick() {
        now = ++ticks;
        // Backwards, because a check may remove the checked connection.
        for (int i = guards.size() - 1; i >= 0; i--) {
            if (i < guards.size()) {
                guards.get(i).checkNow(ticks);
            }
        }
    }
}
