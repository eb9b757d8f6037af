package io.variate.it.harness;

import io.variate.testing.Await;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Requests at a steady rate, each for a user of its own, whether or not earlier ones are answered. */
public final class SteadyLoad implements AutoCloseable {
    private static final Duration PERIOD = Duration.ofMillis(5);

    private final JarNode node;
    private final Set<String> expected;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private final AtomicInteger sent = new AtomicInteger();
    private final Set<String> answered = ConcurrentHashMap.newKeySet();
    private final Set<String> failures = ConcurrentHashMap.newKeySet();

    private SteadyLoad(JarNode node, Set<String> expected) {
        this.node = node;
        this.expected = expected;
    }

    /** Starts 200 requests a second; every answer but the expected ones is a failure. */
    public static SteadyLoad start(JarNode node, String... expected) {
        return start(node, PERIOD, expected);
    }

    /** Starts one request in each period; every answer but the expected ones is a failure. */
    public static SteadyLoad start(JarNode node, Duration period, String... expected) {
        SteadyLoad load = new SteadyLoad(node, Set.of(expected));
        Future<?> unused = load.clock.scheduleAtFixedRate(load::send, 0, period.toMillis(), TimeUnit.MILLISECONDS);
        return load;
    }

    /** Waits until so many more requests have been answered from now on. */
    public void awaitMore(int requests) {
        int target = sent.get() + requests;
        Await.value(
                requests + " more answers",
                Duration.ofSeconds(30),
                () -> answered.size() + failures.size(),
                seen -> seen >= target);
    }

    /** Stops sending and waits for the answers under way; the users that have got an answer. */
    public Set<String> stop() {
        clock.shutdown();
        Await.until(
                "all are answered",
                Duration.ofSeconds(30),
                () -> clock.isTerminated() && answered.size() + failures.size() == sent.get());
        return answered;
    }

    public List<String> failures() {
        return new ArrayList<>(failures);
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }

    private void send() {
        String user = "load-" + sent.incrementAndGet();
        Future<?> unused = node.vardataAsync(Documents.KEY, Map.of("user_id", user))
                .whenComplete((answer, failure) -> {
                    String wrong = wrong(answer, failure);
                    if (wrong == null) {
                        answered.add(user);
                    } else {
                        failures.add(user + ": " + wrong);
                    }
                });
    }

    private @Nullable String wrong(@Nullable HttpResponse<String> answer, @Nullable Throwable failure) {
        if (answer == null) {
            return String.valueOf(failure);
        }
        boolean good = answer.statusCode() == 200 && expected.contains(answer.body());
        return good ? null : answer.statusCode() + " " + answer.body();
    }
}
