package io.variate.it.attack;

import io.variate.it.harness.Documents;
import io.variate.testing.RawConnection;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Deque;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests at a steady rate, independently of responses, on pooled and some new connections. Latency counts from the
 * moment at which a request was due. If a pooled connection turns out to be closed, the request is retried once on a new one,
 * as HTTP clients do.
 *
 * <p>Counts by {@linkplain Period periods}, in which every request that was due ends: answered, failed or unfinished.
 */
final class HonestClients implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final int KEPT = 24;

    /** Least requests of the expected number; fewer mean that the clients themselves stalled. */
    private static final double LEAST_SENT = 0.95;

    private static final int THREADS = 64;
    private static final String KEYED = "Authorization: Api-Key " + Documents.KEY + "\r\n";

    private final int port;
    private final Kind kind;
    private final long periodNanos;
    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS + 1);
    private final Deque<RawConnection> kept = new ConcurrentLinkedDeque<>();
    private final AtomicInteger keptCount = new AtomicInteger();
    private volatile Period period = new Period();
    private volatile boolean stopping;

    /** The requests that were due between two moments. */
    private static final class Period {
        private final long start = System.nanoTime();
        private final LongAdder due = new LongAdder();
        private final Queue<Long> answered = new ConcurrentLinkedQueue<>();
        private final Map<String, Integer> failures = new ConcurrentHashMap<>();

        int failed() {
            return failures.values().stream().mapToInt(Integer::intValue).sum();
        }

        long unfinished() {
            return due.sum() - answered.size() - failed();
        }
    }

    /** The kind of request. */
    enum Kind {
        /** Evaluations, mostly of one flag, sometimes with a large response or a large body. */
        VARIANTS,
        /** Batches of twenty events with a valid key, some of them compressed. */
        EVENTS
    }

    private HonestClients(int port, Kind kind, int perSecond) {
        this.port = port;
        this.kind = kind;
        this.periodNanos = TimeUnit.SECONDS.toNanos(1) / perSecond;
    }

    static HonestClients start(int port, Kind kind, int perSecond) {
        HonestClients clients = new HonestClients(port, kind, perSecond);
        clients.threads.execute(clients::sendSteadily);
        return clients;
    }

    /**
     * Counts and latencies.
     *
     * @param expected requests at the steady rate in the time that passed
     * @param failures counts by kind of failure
     * @param p99Millis of all requests; a failed one counts as five seconds
     */
    record Report(
            long expected, int answered, int failed, long medianMillis, long p99Millis, Map<String, Integer> failures) {
        double share() {
            return answered + failed == 0 ? 0 : (double) answered / (answered + failed);
        }

        /** Whether the clients kept their rate, so that the other numbers describe the node: 95 % of the expected requests. */
        boolean isComplete() {
            return answered + failed >= expected * LEAST_SENT;
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "%d of %d answered (%d expected), median %d ms, p99 %d ms%s",
                    answered,
                    answered + failed,
                    expected,
                    medianMillis,
                    p99Millis,
                    failures.isEmpty() ? "" : ", failures " + failures);
        }
    }

    /** Starts a new period. */
    void reset() {
        period = new Period();
    }

    /** Requests answered in this period so far. */
    int answered() {
        return period.answered.size();
    }

    /**
     * Ends the period and starts a new one. Waits for requests in flight as long as clients do; those that are still unfinished
     * then count as failed.
     */
    Report endPeriod() {
        Period ended = period;
        reset();
        long end = System.nanoTime();
        while (ended.unfinished() > 0 && System.nanoTime() - end < 2 * PATIENCE.toNanos()) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
        Map<String, Integer> failed = new TreeMap<>(ended.failures);
        long[] times = ended.answered.stream().mapToLong(Long::longValue).toArray();
        int unfinished = (int) (ended.due.sum() - times.length - ended.failed());
        if (unfinished > 0) {
            failed.put("unfinished", unfinished);
        }
        int failedCount = failed.values().stream().mapToInt(Integer::intValue).sum();
        long[] all = Arrays.copyOf(times, times.length + failedCount);
        Arrays.fill(all, times.length, all.length, PATIENCE.toNanos());
        Arrays.sort(all);
        return new Report(
                (end - ended.start) / periodNanos, times.length, failedCount, millis(all, 50), millis(all, 99), failed);
    }

    private static long millis(long[] sorted, int percent) {
        return sorted.length == 0 ? -1 : sorted[Math.min(sorted.length - 1, sorted.length * percent / 100)] / 1_000_000;
    }

    private void sendSteadily() {
        long next = System.nanoTime();
        for (int number = 0; !stopping; number++) {
            long due = next;
            int mine = number;
            Period present = period;
            present.due.increment();
            threads.execute(() -> ask(present, mine, due));
            next += periodNanos;
            while (!stopping && System.nanoTime() < next) {
                LockSupport.parkNanos(next - System.nanoTime());
            }
        }
    }

    private void ask(Period own, int number, long due) {
        if (stopping) {
            return;
        }
        String failure;
        if (System.nanoTime() - due > PATIENCE.toNanos()) {
            failure = "no free client";
        } else {
            failure = number % 10 == 9 ? exchange(null, number) : exchangeKept(number);
        }
        long took = System.nanoTime() - due;
        if (stopping) {
            return;
        }
        if (failure == null && took <= PATIENCE.toNanos()) {
            own.answered.add(took);
        } else {
            own.failures.merge(failure == null ? "late" : failure, 1, Integer::sum);
        }
    }

    private @Nullable String exchangeKept(int number) {
        RawConnection connection = kept.poll();
        if (connection != null) {
            keptCount.decrementAndGet();
        }
        String failure = exchange(connection, number);
        return failure != null && connection != null && failure.startsWith("broken") ? exchange(null, number) : failure;
    }

    /** Sends one request, and returns the kind of failure, or null. */
    private @Nullable String exchange(@Nullable RawConnection connection, int number) {
        RawConnection open = connection;
        try {
            if (open == null) {
                open = RawConnection.to(port, PATIENCE);
            }
            open.send(kind == Kind.EVENTS ? events(number) : variants(number));
            RawConnection.Answer answer = open.read();
            if (answer.header("connection").contains("close")) {
                open.close();
            } else {
                keep(open);
            }
            return answer.status() == 200 ? null : answer.status() + " " + shortened(answer.body());
        } catch (java.net.SocketTimeoutException e) {
            close(open);
            return "timeout";
        } catch (IOException e) {
            close(open);
            return open == null ? "no connection: " + e.getMessage() : "broken";
        }
    }

    private void keep(RawConnection connection) {
        if (keptCount.incrementAndGet() > KEPT) {
            keptCount.decrementAndGet();
            close(connection);
        } else {
            kept.push(connection);
        }
    }

    private static String shortened(String body) {
        return body.substring(0, Math.min(body.length(), 70));
    }

    private static void close(@Nullable RawConnection connection) {
        if (connection != null) {
            try {
                connection.close();
            } catch (IOException e) {
                // Already broken.
            }
        }
    }

    private static String variants(int number) {
        if (number % 50 == 25) {
            return "GET /v1/vardata?user_id=all-" + number + " HTTP/1.1\r\nHost: it\r\n" + KEYED + "\r\n";
        }
        if (number % 50 == 35) {
            return post("/sdk/v2/vardata", user(number, 200_000), selection());
        }
        return number % 2 == 0
                ? "GET /v1/vardata?flag_keys=colour&user_id=" + encode("honest-" + number) + " HTTP/1.1\r\nHost: it\r\n"
                        + KEYED + "\r\n"
                : post("/sdk/v2/vardata", user(number, 10), selection());
    }

    private static String selection() {
        String keys = Base64.getEncoder().encodeToString("[\"colour\"]".getBytes(StandardCharsets.UTF_8));
        return KEYED + "X-Amp-Exp-Flag-Keys: " + keys + "\r\n";
    }

    private static String user(int number, int bytes) {
        return """
                {"user_id":"honest-%d","user_properties":{"note":"%s"}}""".formatted(number, "n".repeat(bytes));
    }

    private static String events(int number) {
        StringBuilder events = new StringBuilder();
        for (int i = 0; i < 20; i++) {
            events.append(i == 0 ? "" : ",").append("""
                                    {"event_type":"[Experiment] Exposure","user_id":"honest","insert_id":"%d-%d-%d"}""".formatted(System.nanoTime(), number, i));
        }
        String body = """
                {"api_key":"%s","events":[%s]}""".formatted(Documents.KEY, events);
        if (number % 5 > 0) {
            return post("/batch", body, "");
        }
        String packed =
                new String(Payloads.gzip(body.getBytes(StandardCharsets.ISO_8859_1)), StandardCharsets.ISO_8859_1);
        return post("/batch", packed, "Content-Encoding: gzip\r\n");
    }

    private static String post(String path, String body, String headers) {
        return "POST " + path + " HTTP/1.1\r\nHost: it\r\n" + headers + "Content-Length: " + body.length() + "\r\n\r\n"
                + body;
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        stopping = true;
        threads.shutdownNow();
        kept.forEach(HonestClients::close);
    }
}
