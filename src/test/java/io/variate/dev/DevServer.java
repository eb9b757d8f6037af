package io.variate.dev;

import io.variate.bootstrap.Node;
import io.variate.config.InvalidSettingsException;
import io.variate.config.Settings;
import io.variate.config.SettingsLoader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Development server: PostgreSQL, a Kafka broker, one node and the demo ruleset on one machine. With {@code
 * --upstream-demo}, the node stands in for Amplitude, and a second one follows it ({@link FrontNode}).
 *
 * <p>Its data persists in {@code data/dev}. Environment variables override any setting, as with the production jar;
 * {@code VARIATE_DEV_DIR} changes the data directory, {@code VARIATE_DEV_KAFKA_PORT} the port of the broker.
 */
public final class DevServer implements AutoCloseable {
    private static final String TOKEN = "dev-admin-token";
    private static final String API_KEY = "demo-api-key";
    private static final String SECRET_KEY = "demo-secret-key";
    private static final String UPSTREAM_DEMO = "--upstream-demo";
    private static final long START_TIMEOUT_SECONDS = 15;
    private static final long STOP_TIMEOUT_SECONDS = 30;

    private final long started = System.nanoTime();
    private final Map<String, String> environment;
    private final Path directory;
    private final CompletableFuture<EmbeddedPostgresql> postgres;
    private final CompletableFuture<EmbeddedKafka> kafka;
    private final CompletableFuture<Node> node;

    /** Completes once the node has the demo ruleset. */
    private final CompletableFuture<Node> loaded;

    private final @Nullable CompletableFuture<Node> front;

    private DevServer(Map<String, String> environment, boolean upstreamDemo) {
        this.environment = environment;
        this.directory = Path.of(environment.getOrDefault("VARIATE_DEV_DIR", "data/dev"));
        int kafkaPort = Integer.parseInt(environment.getOrDefault("VARIATE_DEV_KAFKA_PORT", "9092"));
        this.postgres = inBackground("PostgreSQL", () -> EmbeddedPostgresql.start(directory.resolve("postgres"), 0)
                .stopWithThisJvm());
        this.kafka = inBackground("Kafka", () -> EmbeddedKafka.start(directory.resolve("kafka"), kafkaPort));
        this.node = postgres.thenCombine(kafka, this::settings)
                .thenCompose(
                        settings -> Node.start(settings).toCompletionStage().toCompletableFuture())
                .thenApply(running -> {
                    report("Variate");
                    return running;
                });
        this.loaded = node.thenApplyAsync(this::loadDemo);
        this.front = upstreamDemo ? loaded.thenCompose(this::startFront) : null;
    }

    /** Runs until it is interrupted; exits with status 1 if it cannot start, with 2 for an unknown argument. */
    public static void main(String[] arguments) throws InterruptedException {
        List<String> options = List.of(arguments);
        if (!options.isEmpty() && !options.equals(List.of(UPSTREAM_DEMO))) {
            System.err.println("unknown arguments: " + options + "; the only option is " + UPSTREAM_DEMO);
            System.exit(2);
        }
        System.setProperty("variate.log.format", "text");
        System.out.println("Starting PostgreSQL, Kafka and Variate…");
        DevServer server = new DevServer(System.getenv(), !options.isEmpty());
        Runtime.getRuntime().addShutdownHook(new Thread(server::close, "shutdown"));
        try {
            Node running = server.loaded.join();
            if (server.front == null) {
                server.printInstructions(running);
            } else {
                server.printDemo(running, server.front.join());
            }
        } catch (RuntimeException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            System.err.println("Variate cannot start: "
                    + (cause instanceof InvalidSettingsException ? cause.getMessage() : cause.toString()));
            System.exit(1);
        }
        new CountDownLatch(1).await();
    }

    /** Stops the node, and then its dependencies; no process is left. */
    @Override
    public void close() {
        System.out.println("Stopping…");
        if (front != null) {
            // First, so that its last events still arrive.
            close(front, DevServer::stop);
        }
        close(node, DevServer::stop);
        // First, because a broker that meets a fault while it stops halts the JVM, which would leave PostgreSQL
        // running.
        close(postgres, EmbeddedPostgresql::close);
        close(kafka, EmbeddedKafka::close);
    }

    private static void stop(Node running) throws Exception {
        running.stop().await(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    private Node loadDemo(Node running) {
        try {
            DemoRuleset.load(running.adminPort(), environment.getOrDefault("VARIATE_ADMIN_TOKEN", TOKEN));
            return running;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private CompletableFuture<Node> startFront(Node upstream) {
        return FrontNode.start(
                        upstream,
                        directory.resolve("front"),
                        environment.getOrDefault("VARIATE_ADMIN_TOKEN", TOKEN),
                        environment.getOrDefault("VARIATE_PROJECT_API_KEY", API_KEY),
                        environment.getOrDefault("VARIATE_PROJECT_SECRET_KEY", SECRET_KEY))
                .toCompletionStage()
                .toCompletableFuture();
    }

    private void printDemo(Node upstream, Node running) {
        String token = environment.containsKey("VARIATE_ADMIN_TOKEN") ? "$VARIATE_ADMIN_TOKEN" : TOKEN;
        System.out.printf(
                """

                Two nodes are up after %.1f s. The first stands in for Amplitude, the second follows it.

                           %-28sfront
                  API      http://localhost:%-11dhttp://localhost:%d
                  Admin    http://localhost:%-11dhttp://localhost:%d
                  Events   %-28shttp://localhost:%d/batch

                Evaluate in front, with flags of the stand-in:

                  curl -H 'Authorization: Api-Key server-demo-key' 'http://localhost:%d/v1/vardata?user_id=user-1'

                The assignment arrives at the stand-in, which counts it as received:

                  curl -s -H 'Authorization: Bearer %s' localhost:%d/api/1/ledger

                Change a flag of the stand-in (PUT /api/1/ruleset): the front serves it within a second.

                Ctrl-C ends everything; the data is kept in %s.
                %n""",
                seconds(),
                "stand-in",
                upstream.httpPort(),
                running.httpPort(),
                upstream.adminPort(),
                running.adminPort(),
                "Kafka " + kafka.join().bootstrapServers(),
                upstream.httpPort(),
                running.httpPort(),
                token,
                upstream.adminPort(),
                directory);
    }

    private Settings settings(EmbeddedPostgresql database, EmbeddedKafka broker) {
        Map<String, String> all = new HashMap<>();
        all.put("VARIATE_HTTP_HOST", "127.0.0.1");
        all.put("VARIATE_HTTP_PAGE", "true");
        all.put("VARIATE_ADMIN_TOKEN", TOKEN);
        all.put("VARIATE_ADMIN_CONSOLE", "true");
        all.put("VARIATE_PROJECT_API_KEY", API_KEY);
        all.put("VARIATE_PROJECT_SECRET_KEY", SECRET_KEY);
        all.put("VARIATE_NODE_ID", "dev");
        all.put("VARIATE_NODE_DATA_DIR", directory.resolve("node").toString());
        all.put("VARIATE_POSTGRES_URI", database.uri());
        all.put("VARIATE_KAFKA_BOOTSTRAP_SERVERS", broker.bootstrapServers());
        all.put("VARIATE_LOG_FORMAT", "text");
        all.putAll(environment);
        return SettingsLoader.load(null, all);
    }

    private void printInstructions(Node running) {
        String base = "http://localhost:" + running.httpPort();
        System.out.printf(
                """

                Variate is up after %.1f s.

                  Page     %s/  (deployment key server-demo-key)
                  API      %s
                  Console  http://localhost:%d/console/  (token %s)
                  Admin    http://localhost:%d  (Authorization: Bearer <token>)
                  Kafka    %s
                  Database %s

                Evaluate the flags for user-1:

                  curl -H 'Authorization: Api-Key server-demo-key' '%s/v1/vardata?user_id=user-1'

                Ctrl-C ends everything; the data is kept in %s.
                %n""",
                seconds(),
                base,
                base,
                running.adminPort(),
                environment.containsKey("VARIATE_ADMIN_TOKEN") ? "$VARIATE_ADMIN_TOKEN" : TOKEN,
                running.adminPort(),
                kafka.join().bootstrapServers(),
                postgres.join().uri(),
                base,
                directory);
    }

    private <T> CompletableFuture<T> inBackground(String name, Callable<T> start) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        T value = start.call();
                        report(name);
                        result.complete(value);
                    } catch (Exception | LinkageError e) {
                        result.completeExceptionally(new IllegalStateException(name + " failed to start: " + e, e));
                    }
                },
                "start-" + name);
        thread.setDaemon(true);
        thread.start();
        return result;
    }

    private void report(String name) {
        System.out.printf("  %-10s is up after %.1f s%n", name, seconds());
    }

    private double seconds() {
        return (System.nanoTime() - started) / 1e9;
    }

    /** Waits for a component that is still starting, because it cannot be stopped before. */
    private static <T> void close(CompletableFuture<T> component, Closing<T> closing) {
        try {
            closing.close(component.get(START_TIMEOUT_SECONDS, TimeUnit.SECONDS));
        } catch (ExecutionException failedStart) {
            // Already reported by the start.
        } catch (Exception e) {
            System.err.println("failed to stop cleanly: " + e);
        }
    }

    private interface Closing<T> {
        void close(T component) throws Exception;
    }
}
