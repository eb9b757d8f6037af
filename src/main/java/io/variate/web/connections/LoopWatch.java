package io.variate.web.connections;

import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Looks at the connections of one event loop twenty times a second, for deadlines; used on that loop. */
final class LoopWatch {
    /** Looks in a second. */
    static final int TICKS_PER_SECOND = 20;

    private final Turns turns;
    private final List<ConnectionGuard> guards = new ArrayList<>();
    private int ticks = 1;
    private volatile int now = ticks;
    private int shedAt;

    @SuppressWarnings("FutureReturnValueIgnored") // until the loop ends
    LoopWatch(EventLoop loop) {
        turns = new Turns(loop);
        loop.scheduleAtFixedRate(this::look, 1000 / TICKS_PER_SECOND, 1000 / TICKS_PER_SECOND, TimeUnit.MILLISECONDS);
    }

    /** Who reads next on this loop. */
    Turns turns() {
        return turns;
    }

    /** Time in ticks; any thread. */
    int now() {
        return now;
    }

    /** Whether a connection may be ended to make room for a newcomer: one in a tick. */
    boolean mayShed() {
        boolean may = shedAt != ticks;
        shedAt = ticks;
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

    private void look() {
        now = ++ticks;
        // From the end, for the look may remove the one looked at.
        for (int i = guards.size() - 1; i >= 0; i--) {
            if (i < guards.size()) {
                guards.get(i).look(ticks);
            }
        }
    }
}
