package io.variate.it.harness;

import io.variate.it.harness.Balancer.Backend;
import io.variate.testing.Await;
import io.variate.testing.RawConnection;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;

/**
 * Clients behind a {@link Balancer}, each with one connection to each node, which it keeps. Together they send requests at
 * a steady rate as long as answers come. Every answer is compared with the one that {@link Generations} has for the
 * user. A request is tried elsewhere only if its node takes no connection, and so cannot have got it.
 */
public final class BalancedLoad implements AutoCloseable {
    public static final int CLIENTS = 6;

    /** Longer than a node ever takes to answer, and shorter than any pause of a test. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Balancer balancer;
    private final IntFunction<String> users;
    private final long periodNanos;
    private final ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
    private final AtomicInteger sent = new AtomicInteger();
    private final AtomicInteger answered = new AtomicInteger();
    private final Map<String, Set<String>> answers = new ConcurrentHashMap<>();
    private final Map<Long, Integer> generations = new ConcurrentHashMap<>();
    private final Queue<Failure> failures = new ConcurrentLinkedQueue<>();
    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
    private volatile boolean stopping;

    private BalancedLoad(Balancer balancer, int perSecond, IntFunction<String> users) {
        this.balancer = balancer;
        this.users = users;
        this.periodNanos = TimeUnit.SECONDS.toNanos(CLIENTS) / perSecond;
    }

    /**
     * A request without an answer, or with one that is none.
     *
     * @param sent when, by {@link System#nanoTime}
     */
    public record Failure(String node, String user, long sent, String what) {}

    /** Starts sending, each request for a user of its own whose id begins with the prefix. */
    public static BalancedLoad start(Balancer balancer, int perSecond, String prefix) {
        return start(balancer, perSecond, (int number) -> prefix + "-" + number);
    }

    /**
     * Starts sending.
     *
     * @param users by the number of the request
     */
    public static BalancedLoad start(Balancer balancer, int perSecond, IntFunction<String> users) {
        BalancedLoad load = new BalancedLoad(balancer, perSecond, users);
        for (int i = 0; i < CLIENTS; i++) {
            load.threads.execute(load.new Client()::run);
        }
        load.threads.shutdown();
        return load;
    }

    /** Waits for so many more answers. */
    public void awaitMore(int more) {
        int target = answered.get() + more;
        Await.value(more + " more answers", Duration.ofSeconds(60), () -> answered.get(), seen -> seen >= target);
    }

    /** Lets every client finish its request. */
    public BalancedLoad stop() {
        stopping = true;
        Await.until("the clients end", PATIENCE.multipliedBy(3), threads::isTerminated);
        return this;
    }

    public int answered() {
        return answered.get();
    }

    /** The results that each user was told, in the canonical form of an assignment. */
    public Map<String, Set<String>> answers() {
        return answers;
    }

    public List<Failure> failures() {
        return List.copyOf(failures);
    }

    /** Answers that differ from the expected ones. */
    public List<String> wrong() {
        return List.copyOf(wrong);
    }

    @Override
    public void close() {
        stopping = true;
        threads.shutdownNow();
    }

    /** Lives on one thread. */
    private final class Client {
        private final Map<Backend, RawConnection> connections = new HashMap<>();
        private final Map<Backend, Long> revisions = new HashMap<>();

        void run() {
            long next = System.nanoTime();
            while (!stopping) {
                ask(users.apply(sent.incrementAndGet()));
                next = Math.max(next + periodNanos, System.nanoTime() - periodNanos);
                LockSupport.parkNanos(next - System.nanoTime());
            }
            List.copyOf(connections.keySet()).forEach(this::hangUp);
        }

        private void ask(String user) {
            Backend backend = balancer.next();
            long start = System.nanoTime();
            try {
                while (!isConnected(backend) && System.nanoTime() - start < PATIENCE.toNanos()) {
                    backend.takeOut();
                    backend = balancer.next();
                }
                start = System.nanoTime();
                RawConnection.Answer answer = exchange(backend, user);
                if (answer.status() == 200) {
                    check(backend, user, answer);
                    answered.incrementAndGet();
                } else {
                    fail(backend, user, start, answer.status() + " " + answer.body());
                }
            } catch (IOException e) {
                hangUp(backend);
                backend.takeOut();
                fail(backend, user, start, e.toString());
            }
        }

        private boolean isConnected(Backend backend) throws IOException {
            if (!connections.containsKey(backend)) {
                try {
                    connections.put(backend, RawConnection.to(backend.port(), PATIENCE));
                } catch (ConnectException e) {
                    return false;
                }
            }
            return true;
        }

        private RawConnection.Answer exchange(Backend backend, String user) throws IOException {
            RawConnection connection = connections.get(backend);
            if (connection == null) {
                throw new ConnectException("no node takes a connection");
            }
            connection.send("GET /v1/vardata?user_id=" + user + " HTTP/1.1\r\nHost: it\r\nAuthorization: Api-Key "
                    + Documents.KEY + "\r\n\r\n");
            RawConnection.Answer answer = connection.read();
            if (answer.header("connection").contains("close")) {
                hangUp(backend);
            }
            return answer;
        }

        private void check(Backend backend, String user, RawConnection.Answer answer) {
            int generation = Generations.of(answer.body());
            long revision = Long.parseLong(answer.header("x-variate-revision").get(0));
            if (generation < 0 || !answer.body().equals(Generations.answer(generation, user))) {
                wrong.add(backend.name() + " told " + user + " " + answer.body() + " at revision " + revision);
            }
            Integer known = generations.putIfAbsent(revision, generation);
            if (known != null && known != generation) {
                wrong.add("revision " + revision + " is of generation " + known + ", and of " + generation + " on "
                        + backend.name());
            }
            long before = revisions.merge(backend, revision, Math::max);
            if (before > revision) {
                wrong.add(backend.name() + " went back from revision " + before + " to " + revision);
            }
            answers.computeIfAbsent(user, none -> ConcurrentHashMap.newKeySet()).add(canonical(answer.body()));
        }

        private void fail(Backend backend, String user, long start, String what) {
            failures.add(new Failure(backend.name(), user, start, what));
        }

        private void hangUp(Backend backend) {
            RawConnection connection = connections.remove(backend);
            if (connection != null) {
                try {
                    connection.close();
                } catch (IOException e) {
                    // It is gone either way.
                    return;
                }
            }
        }
    }

    private static String canonical(String answer) {
        Map<String, String> variants = new HashMap<>();
        JsonObject flags = new JsonObject(answer);
        flags.fieldNames()
                .forEach(flag -> variants.put(flag, flags.getJsonObject(flag).getString("key")));
        return Journal.canonical(variants).intern();
    }
}
