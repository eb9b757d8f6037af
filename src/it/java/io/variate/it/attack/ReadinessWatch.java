package io.variate.it.attack;

import io.variate.testing.RawConnection;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Checks the readiness of a node every half second on a new connection, as load balancers and orchestrators do. */
final class ReadinessWatch implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private final int adminPort;
    private int asked;
    private int failed;
    private long slowestMillis;

    private ReadinessWatch(int adminPort) {
        this.adminPort = adminPort;
    }

    static ReadinessWatch start(int adminPort) {
        ReadinessWatch watch = new ReadinessWatch(adminPort);
        Future<?> unused = watch.clock.scheduleAtFixedRate(watch::ask, 0, 500, TimeUnit.MILLISECONDS);
        return watch;
    }

    private void ask() {
        long start = System.nanoTime();
        boolean ready = false;
        try (RawConnection connection = RawConnection.to(adminPort, PATIENCE)) {
            connection.send("GET /health/ready HTTP/1.1\r\nHost: 127.0.0.1:" + adminPort + "\r\n\r\n");
            ready = connection.read().status() == 200;
        } catch (IOException e) {
            // Counts as not ready.
        }
        note(ready, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
    }

    private synchronized void note(boolean ready, long millis) {
        asked++;
        failed += ready ? 0 : 1;
        slowestMillis = Math.max(slowestMillis, millis);
    }

    synchronized int failed() {
        return failed;
    }

    synchronized long slowestMillis() {
        return slowestMillis;
    }

    @Override
    public synchronized String toString() {
        return String.format(Locale.ROOT, "readiness: %d of %d failed, slowest %d ms", failed, asked, slowestMillis);
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
