package io.variate.bench;

import io.variate.bus.EvaluationRequest;
import io.variate.client.EvaluationClient;
import io.variate.dev.FileTree;
import io.variate.example.Greeter;
import io.variate.testing.FreePorts;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;

/**
 * Compares the cost of a request over the event bus, for an application that is a lite member, with the same request over
 * HTTP to the same node: one flag of a hundred, untracked, 64 requests in flight, both sent by one event loop of one JVM.
 *
 * <pre>{@code
 * mvn -q -DskipTests package && mvn -q test-compile exec:java -Dexec.mainClass=io.variate.bench.BusBenchmark
 * }</pre>
 *
 * <p>Options in {@code -Dexec.args="…"}, in this order: requests per run (100000), rounds (3).
 */
public final class BusBenchmark {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final int UNDER_WAY = 64;
    private static final int WARMUP = 40_000;

    private final Vertx vertx;
    private final NodeProcess node;
    private final int questions;

    private BusBenchmark(Vertx vertx, NodeProcess node, int questions) {
        this.vertx = vertx;
        this.node = node;
        this.questions = questions;
    }

    /** Exits with status 1 if there are no results. */
    public static void main(String[] arguments) throws Exception {
        ClassPath.passOn();
        int questions = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 100_000;
        int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 3;
        Path directory = Files.createTempDirectory("variate-bus-");
        int status = 0;
        try {
            run(directory, questions, rounds);
        } catch (BenchmarkException e) {
            System.err.println(e.getMessage());
            status = 1;
        } finally {
            FileTree.delete(directory);
        }
        System.exit(status);
    }

    private static void run(Path directory, int questions, int rounds) throws Exception {
        String cluster = "bus-" + ProcessHandle.current().pid();
        int port = FreePorts.one();
        Map<String, String> settings = new HashMap<>(NodeProcess.clustered(cluster, port, port));
        settings.put(
                "VARIATE_RULESETS_FILE",
                Files.writeString(directory.resolve("ruleset.json"), Workload.ruleset())
                        .toString());
        settings.put("VARIATE_EVALUATION_TIMEOUT", TIMEOUT.toSeconds() + "s");
        try (NodeProcess node = NodeProcess.start("node", List.of("-Xmx512m"), directory, settings)) {
            Vertx vertx = Greeter.join(cluster + "@us", "127.0.0.1", "127.0.0.1:" + port)
                    .await(60, TimeUnit.SECONDS);
            new BusBenchmark(vertx, node, questions).run(rounds);
            vertx.close().await(30, TimeUnit.SECONDS);
        }
    }

    private void run(int rounds) throws Exception {
        EvaluationClient client = EvaluationClient.ofCluster(vertx, TIMEOUT);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (client.evaluators().isEmpty()) {
            if (System.nanoTime() > deadline) {
                throw new BenchmarkException("no evaluator has announced itself");
            }
            Thread.sleep(50);
        }
        HttpClient http = vertx.createHttpClient(
                new HttpClientOptions().setDefaultHost("127.0.0.1").setDefaultPort(node.httpPort()),
                new PoolOptions().setHttp1MaxSize(UNDER_WAY));
        IntFunction<Future<?>> overBus = user -> client.evaluate(question(user));
        IntFunction<Future<?>> overHttp = user -> ask(http, user);
        System.out.println(Machine.description());
        System.out.printf(
                Locale.ROOT,
                "Load:    %,d requests per run, %d in flight; load average before %.2f%n",
                questions,
                UNDER_WAY,
                Report.busy());
        run(overBus, WARMUP);
        run(overHttp, WARMUP);
        for (int round = 0; round < rounds; round++) {
            report("bus", overBus);
            report("http", overHttp);
        }
    }

    private static EvaluationRequest question(int user) {
        return EvaluationRequest.of(
                        Workload.DEPLOYMENT_KEY, "user-" + user % Workload.USERS, List.of(Workload.ONE_FLAG))
                .withContext(Workload.context("US"))
                .untracked();
    }

    private static Future<?> ask(HttpClient http, int user) {
        String path = "/v1/vardata?user_id=user-" + user % Workload.USERS + Workload.query(false, "US");
        return http.request(HttpMethod.GET, path)
                .compose(request -> request.putHeader("Authorization", "Api-Key " + Workload.DEPLOYMENT_KEY)
                        .putHeader("X-Amp-Exp-Track", "no-track")
                        .send())
                .expecting(response -> response.statusCode() == 200)
                .compose(HttpClientResponse::body);
    }

    private void report(String name, IntFunction<Future<?>> ask) throws Exception {
        double serverBefore = node.cpuSeconds();
        double clientBefore = NodeProcess.ownCpuSeconds();
        long start = System.nanoTime();
        long[] nanos = run(ask, questions);
        double seconds = (System.nanoTime() - start) / 1e9;
        double server = node.cpuSeconds() - serverBefore;
        double own = NodeProcess.ownCpuSeconds() - clientBefore;
        Arrays.sort(nanos);
        System.out.printf(
                Locale.ROOT,
                "%-5s %,9.0f answers/s  p50 %6.2f ms  p99 %6.2f ms  CPU per request: node %5.1f us, application %5.1f us%n",
                name,
                questions / seconds,
                nanos[questions / 2] / 1e6,
                nanos[(int) (questions * 0.99)] / 1e6,
                server * 1e6 / questions,
                own * 1e6 / questions);
    }

    /** Sends requests on one event loop; returns the latency of each. */
    private long[] run(IntFunction<Future<?>> ask, int number) throws Exception {
        Context context = vertx.getOrCreateContext();
        Load load = new Load(ask, number);
        context.runOnContext(go -> load.start());
        return load.done.future().await(10, TimeUnit.MINUTES);
    }

    /** State of one event loop. */
    private static final class Load {
        private final IntFunction<Future<?>> ask;
        private final long[] nanos;
        private final Promise<long[]> done = Promise.promise();
        private int asked;
        private int answered;

        Load(IntFunction<Future<?>> ask, int number) {
            this.ask = ask;
            this.nanos = new long[number];
        }

        void start() {
            for (int i = 0; i < Math.min(UNDER_WAY, nanos.length); i++) {
                askNext();
            }
        }

        private void askNext() {
            int number = asked++;
            long start = System.nanoTime();
            ask.apply(number).onComplete((answer, failure) -> {
                nanos[number] = System.nanoTime() - start;
                if (failure != null) {
                    done.tryFail(new BenchmarkException("request failed: " + failure));
                } else if (++answered == nanos.length) {
                    done.tryComplete(nanos);
                } else if (asked < nanos.length) {
                    askNext();
                }
            });
        }
    }
}
