package io.variate.http.flags;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.variate.observability.MetricNames;
import java.util.concurrent.atomic.AtomicInteger;

/** How many streams a node has on all its event loops; thread-safe. */
public final class OpenStreams {
    private final int most;
    private final AtomicInteger open = new AtomicInteger();
    private final Counter opened;
    private final Counter dropped;

    /**
     * None yet.
     *
     * @param most streams at a time
     */
    public OpenStreams(int most, MeterRegistry metrics) {
        this.most = most;
        opened = metrics.counter(MetricNames.STREAMS_OPENED);
        dropped = metrics.counter(MetricNames.STREAMS_DROPPED);
        Gauge.builder(MetricNames.STREAMS_OPEN, open, AtomicInteger::get).register(metrics);
    }

    /** Counts one more, unless there are as many as may be. */
    public boolean add() {
        if (open.incrementAndGet() > most) {
            open.decrementAndGet();
            return false;
        }
        opened.increment();
        return true;
    }

    /** Counts one less. */
    public void remove() {
        open.decrementAndGet();
    }

    /** Notes that a reader was too slow. */
    void noteDropped() {
        dropped.increment();
    }
}
