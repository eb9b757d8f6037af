package io.variate.http.flags;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.variate.observability.MetricNames;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts the open streams of a node on all its event loops, and limits them. Thread-safe. */
public final class OpenStreams {
    private final int most;
    private final AtomicInteger open = new AtomicInteger();
    private final Counter opened;
    private final Counter dropped;

    /**
     * A counter at 0.
     *
     * @param most open streams at a time
     */
    public OpenStreams(int most, MeterRegistry metrics) {
        this.most = most;
        opened = metrics.counter(MetricNames.STREAMS_OPENED);
        dropped = metrics.counter(MetricNames.STREAMS_DROPPED);
        Gauge.builder(MetricNames.STREAMS_OPEN, open, AtomicInteger::get).register(metrics);
    }

    /** Counts a new stream; false if the limit is reached. */
    public boolean add() {
        if (open.incrementAndGet() > most) {
            open.decrementAndGet();
            return false;
        }
        opened.increment();
        return true;
    }

    /** Counts a closed stream. */
    public void remove() {
        open.decrementAndGet();
    }

    /** Counts a stream dropped because its reader was too slow. */
    void countDropped() {
        dropped.increment();
    }
}
