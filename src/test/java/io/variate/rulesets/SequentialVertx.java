package io.variate.rulesets;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.metrics.MetricsOptions;
import io.vertx.core.spi.metrics.PoolMetrics;
import io.vertx.core.spi.metrics.VertxMetrics;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A Vert.x instance with one event loop and one worker thread, which knows when both are idle. What starts at an idle
 * moment always takes the same course, so a test can repeat a run exactly.
 */
final class SequentialVertx {
    /** Tasks of the event loop that schedule each other without a worker task in between, at most. */
    private static final int HOPS = 5;

    private static final long TIMEOUT_SECONDS = 30;

    private final AtomicLong workerTasks = new AtomicLong();
    private final Vertx vertx = Vertx.builder()
            .with(new VertxOptions()
                    .setEventLoopPoolSize(1)
                    .setWorkerPoolSize(1)
                    .setMetricsOptions(new MetricsOptions().setEnabled(true)))
            .withMetrics(options -> new VertxMetrics() {
                @Override
                public PoolMetrics<Boolean, Boolean> createPoolMetrics(String type, String name, int size) {
                    return new TaskCounter();
                }
            })
            .build();
    private @Nullable CountDownLatch busy;

    private final class TaskCounter implements PoolMetrics<Boolean, Boolean> {
        @Override
        public Boolean enqueue() {
            workerTasks.incrementAndGet();
            return true;
        }
    }

    Vertx vertx() {
        return vertx;
    }

    /** Occupies the worker thread, so that tasks such as compilations wait until {@link #release}. */
    void occupy() throws Exception {
        if (busy != null) {
            return;
        }
        CountDownLatch latch = new CountDownLatch(1);
        busy = latch;
        vertx.<@Nullable Void>executeBlocking(
                () -> {
                    latch.await();
                    return null;
                },
                false);
        awaitEventLoop();
    }

    void release() {
        if (busy != null) {
            busy.countDown();
            busy = null;
        }
    }

    /** Waits until nothing runs and nothing is scheduled; while the worker is occupied, for the event loop only. */
    void awaitIdle() throws Exception {
        if (busy != null) {
            awaitEventLoop();
            return;
        }
        for (int quiet = 0; quiet < HOPS; ) {
            long before = workerTasks.get();
            await(vertx.executeBlocking(() -> true, false));
            quiet = workerTasks.get() == before + 1 ? quiet + 1 : 0;
        }
    }

    private void awaitEventLoop() throws Exception {
        for (int i = 0; i < HOPS; i++) {
            Promise<Boolean> reached = Promise.promise();
            vertx.getOrCreateContext().runOnContext(run -> reached.complete(true));
            await(reached.future());
        }
    }

    static <T extends @Nullable Object> T await(Future<T> future) throws Exception {
        return future.await(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    void stop() throws Exception {
        release();
        await(vertx.close());
    }
}
