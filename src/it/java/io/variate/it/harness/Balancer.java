package io.variate.it.harness;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Round robin over nodes whose last readiness check succeeded and that have not failed since.
 * Thread-safe.
 */
public final class Balancer implements AutoCloseable {
    private static final long CHECK_EVERY_MILLIS = 100;
    private static final Duration CHECK_TIMEOUT = Duration.ofSeconds(1);

    private final Map<String, Backend> backends = new ConcurrentSkipListMap<>();
    private final AtomicInteger turn = new AtomicInteger();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();

    /** A balancer without nodes. */
    public Balancer() {
        Future<?> unused = clock.scheduleWithFixedDelay(
                () -> backends.values().forEach(this::check), 0, CHECK_EVERY_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** One process of a node. */
    public static final class Backend {
        private final String name;
        private final int port;
        private final HttpRequest readiness;
        private volatile boolean healthy;
        private volatile boolean asked;

        private Backend(String name, JarNode node) {
            this.name = name;
            this.port = node.httpPort();
            this.readiness = HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:" + node.adminPort() + "/health/ready"))
                    .timeout(CHECK_TIMEOUT)
                    .build();
        }

        public String name() {
            return name;
        }

        public int port() {
            return port;
        }

        /** Receives no requests until a health check succeeds again. */
        public void takeOut() {
            healthy = false;
        }
    }

    /** Adds a node, or replaces an earlier process of it. It receives requests once it is ready. */
    public void put(String name, JarNode node) {
        backends.put(name, new Backend(name, node));
    }

    /** The next healthy node, or any node if none is healthy. */
    public Backend next() {
        List<Backend> all = List.copyOf(backends.values());
        List<Backend> well = all.stream().filter(backend -> backend.healthy).toList();
        List<Backend> choice = well.isEmpty() ? all : well;
        return choice.get(Math.floorMod(turn.getAndIncrement(), choice.size()));
    }

    public boolean isHealthy(String name) {
        Backend backend = backends.get(name);
        return backend != null && backend.healthy;
    }

    private void check(Backend backend) {
        if (backend.asked) {
            return;
        }
        backend.asked = true;
        Future<?> unused = client.sendAsync(backend.readiness, BodyHandlers.discarding())
                .whenComplete((answer, failure) -> {
                    backend.healthy = answer != null && answer.statusCode() == 200;
                    backend.asked = false;
                });
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
