package io.variate.bench;

import io.variate.bootstrap.Main;
import io.variate.bus.AnswerFormat;
import io.variate.bus.EvaluationRequest;
import io.variate.client.EvaluationClient;
import io.variate.dev.ServerProcess;
import io.variate.example.Greeter;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a question over the event bus costs an application that is a lite member, beside the same question over HTTP to the
 * same node: one flag of a hundred, untracked, 64 questions under way, both asked by one event loop of one JVM.
 *
 * <pre>{@code
 * mvn -q -DskipTests package && mvn -q test-compile exec:java -Dexec.mainClass=io.variate.bench.BusBenchmark
 * }</pre>
 *
 * <p>Options, in this order, go into {@code -Dexec.args="…"}: questions in each run (100000), rounds (3).
 */
public final class BusBenchmark {
    private static final Path JAR = Path.of("target", "variate.jar");
    private static final Pattern UP = Pattern.compile("is up: http=(\\d+) admin=(\\d+)");
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final int UNDER_WAY = 64;
    private static final int WARMUP = 40_000;

    private final Vertx vertx;
    private final ServerProcess node;
    private final int questions;

    private BusBenchmark(Vertx vertx, ServerProcess node, int questions) {
        this.vertx = vertx;
        this.node = node;
        this.questions = questions;
    }

    /** Exit status 1 if there are no figures. */
    public static void main(String[] arguments) throws Exception {
        ClassPath.passOn();
        int questions = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 100_000;
        int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 3;
        Path directory = Files.createTempDirectory("variate-bus-");
        String cluster = "bus-" + ProcessHandle.current().pid();
        int port = freePort();
        int status = 0;
        try (ServerProcess node = start(directory, cluster, port)) {
            Matcher up = UP.matcher(node.awaitLine(UP.asPredicate(), PATIENCE));
            if (!up.find()) {
                throw new BenchmarkException("no port");
            }
            Vertx vertx = Greeter.join(cluster + "@us", "127.0.0.1", "127.0.0.1:" + port)
                    .await(60, TimeUnit.SECONDS);
            new BusBenchmark(vertx, node, questions).run(Integer.parseInt(up.group(1)), rounds);
            vertx.close().await(30, TimeUnit.SECONDS);
        } catch (BenchmarkException e) {
            System.err.println(e.getMessage());
            status = 1;
        } finally {
            delete(directory);
        }
        System.exit(status);
    }

    private static ServerProcess start(Path directory, String cluster, int port) throws IOException {
        Path ruleset = Files.writeString(directory.resolve("ruleset.json"), Workload.ruleset());
        Map<String, String> environment = new HashMap<>();
        environment.put("VARIATE_HTTP_HOST", "127.0.0.1");
        environment.put("VARIATE_HTTP_PORT", "0");
        environment.put("VARIATE_ADMIN_PORT", "0");
        environment.put("VARIATE_NODE_ID", "node");
        environment.put("VARIATE_NODE_DATA_DIR", directory.resolve("data").toString());
        environment.put("VARIATE_RULESETS_FILE", ruleset.toString());
        environment.put("VARIATE_EVALUATION_TIMEOUT", TIMEOUT.toSeconds() + "s");
        environment.put("VARIATE_CLUSTER_ENABLED", "true");
        environment.put("VARIATE_CLUSTER_NAME", cluster);
        environment.put("VARIATE_CLUSTER_HOST", "127.0.0.1");
        environment.put("VARIATE_CLUSTER_PORT", Integer.toString(port));
        environment.put("VARIATE_CLUSTER_MEMBERS", "127.0.0.1:" + port);
        String program = Files.exists(JAR) ? JAR.toString() : Main.class.getName();
        return ServerProcess.start(List.of("-Xmx512m"), program, List.of(), environment, directory.resolve("node"));
    }

    private void run(int httpPort, int rounds) throws Exception {
        EvaluationClient client = EvaluationClient.ofCluster(vertx, TIMEOUT);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (client.evaluators().isEmpty()) {
            if (System.nanoTime() > deadline) {
                throw new BenchmarkException("no evaluator is heard");
            }
            Thread.sleep(50);
        }
        HttpClient http = vertx.createHttpClient(
                new HttpClientOptions().setDefaultHost("127.0.0.1").setDefaultPort(httpPort),
                new PoolOptions().setHttp1MaxSize(UNDER_WAY));
        IntFunction<Future<?>> overBus = user -> client.evaluate(question(user));
        IntFunction<Future<?>> overHttp = user -> ask(http, user);
        System.out.println(Machine.description());
        System.out.printf(
                Locale.ROOT,
                "Load:    %,d questions a run, %d under way; load average before %.2f%n",
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
        return new EvaluationRequest(
                Workload.DEPLOYMENT_KEY,
                "user-" + user % Workload.USERS,
                null,
                List.of(Workload.ONE_FLAG),
                Workload.context("US"),
                false,
                AnswerFormat.V1);
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
        double serverBefore = cpuSeconds(node.pid());
        double clientBefore = cpuSeconds(ProcessHandle.current().pid());
        long start = System.nanoTime();
        long[] nanos = run(ask, questions);
        double seconds = (System.nanoTime() - start) / 1e9;
        double server = cpuSeconds(node.pid()) - serverBefore;
        double own = cpuSeconds(ProcessHandle.current().pid()) - clientBefore;
        Arrays.sort(nanos);
        System.out.printf(
                Locale.ROOT,
                "%-5s %,9.0f answers/s  p50 %6.2f ms  p99 %6.2f ms  CPU for each: node %5.1f us, application %5.1f us%n",
                name,
                questions / seconds,
                nanos[questions / 2] / 1e6,
                nanos[(int) (questions * 0.99)] / 1e6,
                server * 1e6 / questions,
                own * 1e6 / questions);
    }

    /** Asks on one event loop; returns how long each answer took. */
    private long[] run(IntFunction<Future<?>> ask, int number) throws Exception {
        Context context = vertx.getOrCreateContext();
        Load load = new Load(ask, number);
        context.runOnContext(go -> load.start());
        return load.done.future().await(10, TimeUnit.MINUTES);
    }

    /** Of one event loop. */
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
                    done.tryFail(new BenchmarkException("a question failed: " + failure));
                } else if (++answered == nanos.length) {
                    done.tryComplete(nanos);
                } else if (asked < nanos.length) {
                    askNext();
                }
            });
        }
    }

    private static double cpuSeconds(long pid) {
        return ProcessHandle.of(pid)
                .flatMap(process -> process.info().totalCpuDuration())
                .map(time -> time.toNanos() / 1e9)
                .orElseThrow(() -> new BenchmarkException("the process has died"));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
