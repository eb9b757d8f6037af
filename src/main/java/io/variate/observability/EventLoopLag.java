package io.variate.observability;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.distribution.TimeWindowMax;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Measures the lag of an event loop: how late its timers fire, because the loop is blocked or overloaded. A loop that is
 * blocked right now is included.
 *
 * <p>Each instance measures the event loop that it is deployed on, unless another instance already does.
 */
public final class EventLoopLag extends VerticleBase {
    private static final long INTERVAL_MILLIS = 100;

    /** The gauge is the maximum of this many windows, the current one included, so that every usual scrape interval sees it. */
    private static final int WINDOWS = 4;

    private static final long WINDOW_MILLIS = 20_000;

    private final MeterRegistry metrics;
    private final Set<Thread> watched;
    private final TimeWindowMax max = new TimeWindowMax(Clock.SYSTEM, WINDOW_MILLIS, WINDOWS);
    private volatile long due;

    /**
     * Creates one of several instances.
     *
     * @param watched the event loops that are measured already; thread-safe, shared by all instances
     */
    public EventLoopLag(MeterRegistry metrics, Set<Thread> watched) {
        this.metrics = metrics;
        this.watched = watched;
    }

    @Override
    public Future<?> start() {
        Thread loop = Thread.currentThread();
        if (watched.add(loop)) {
            scheduleNext();
            Gauge.builder(MetricNames.EVENT_LOOP_LAG, this, EventLoopLag::seconds)
                    .tag("thread", loop.getName())
                    .register(metrics);
        }
        return Future.succeededFuture();
    }

    private void scheduleNext() {
        due = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(INTERVAL_MILLIS);
        vertx.setTimer(INTERVAL_MILLIS, fired -> {
            max.record(lagNanos());
            scheduleNext();
        });
    }

    private double seconds() {
        return Math.max(max.poll(), lagNanos()) / TimeUnit.SECONDS.toNanos(1);
    }

    private double lagNanos() {
        return Math.max(0, System.nanoTime() - due);
    }
}
