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
 * How late an event loop comes to what is due: something blocks it, or it has more to do than a processor can. A loop that
 * is blocked right now shows too.
 *
 * <p>Each instance looks at the loop that it is deployed on, if no other does.
 */
public final class EventLoopLag extends VerticleBase {
    private static final long EVERY_MILLIS = 100;

    /** What shows is the longest of so many spans, the last of which is not over: any scrape of a usual interval sees it. */
    private static final int SPANS = 4;

    private static final long SPAN_MILLIS = 20_000;

    private final MeterRegistry metrics;
    private final Set<Thread> watched;
    private final TimeWindowMax longest = new TimeWindowMax(Clock.SYSTEM, SPAN_MILLIS, SPANS);
    private volatile long due;

    /**
     * One of several.
     *
     * @param watched the event loops that are looked at; thread-safe, the same for all instances
     */
    public EventLoopLag(MeterRegistry metrics, Set<Thread> watched) {
        this.metrics = metrics;
        this.watched = watched;
    }

    @Override
    public Future<?> start() {
        Thread loop = Thread.currentThread();
        if (watched.add(loop)) {
            waitAgain();
            Gauge.builder(MetricNames.EVENT_LOOP_LAG, this, EventLoopLag::seconds)
                    .tag("thread", loop.getName())
                    .register(metrics);
        }
        return Future.succeededFuture();
    }

    private void waitAgain() {
        due = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(EVERY_MILLIS);
        vertx.setTimer(EVERY_MILLIS, fired -> {
            longest.record(late());
            waitAgain();
        });
    }

    private double seconds() {
        return Math.max(longest.poll(), late()) / TimeUnit.SECONDS.toNanos(1);
    }

    private double late() {
        return Math.max(0, System.nanoTime() - due);
    }
}
