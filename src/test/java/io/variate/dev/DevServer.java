package io.variate.dev;

import io.variate.bootstrap.Node;
import io.variate.config.InvalidSettingsException;
import io.variate.config.Settings;
import io.variate.config.SettingsLoader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Development server: PostgreSQL, a Kafka broker, one node and the demo ruleset on one machine.
 *
 * <p>Its data persists in {@code data/dev}. Environment variables override any setting, as with the production jar;
 * {@code VARIATE_DEV_DIR} changes the data directory, {@code VARIATE_DEV_KAFKA_PORT} the port of the broker.
 */
public final class DevServer implements AutoCloseable {
    private static final String TOKEN = "dev-admin-token";
    private static final long START_TIMEOUT_SECONDS = 15;
    private static final long STOP_TIMEOUT_SECONDS = 30;

    private final long started = System.nanoTime();
    private final Map<String, String> environment;
    private final Path directory;
    private final CompletableFuture<EmbeddedPostgresql> postgres;
    private final CompletableFuture<EmbeddedKafka> kafka;
    private final CompletableFuture<Node> node;

    private DevServer(Map<String, String> environment) {
        this.environment = environment;
        this.directory = Path.of(environment.getOrDefault("VARIATE_DEV_DIR", "data/dev"));
        int kafkaPort = Integer.parseInt(environment.getOrDefault("VARIATE_DEV_KAFKA_PORT", "9092"));
        this.postgres = inBackground("PostgreSQL", () -> EmbeddedPostgresql.start(directory.resolve("postgres"), 0));
        this.kafka = inBackground("Kafka", () -> EmbeddedKafka.start(directory.resolve("kafka"), kafkaPort));
        this.node = postgres.thenCombine(kafka, this::settings)
                .thenCompose(
                        settings -> Node.start(settings).toCompletionStage().toCompletableFuture())
                .thenApply(running -> {
                    report("Variate");
                    return running;
                });
    }

    /** Runs until it is interrupted; exits with status 1 if it cannot start. */
    public static void main(String[] arguments) throws InterruptedException {
        System.setProperty("variate.log.format", "text");
        System.out.println("Starting PostgreSQL, Kafka and Variate…");
        DevServer server = new DevServer(System.getenv());
        Runtime.getRuntime().addShutdownHook(new Thread(server::close, "shutdown"));
        try {
            Node running = server.node.join();
            DemoRuleset.load(running.adminPort(), server.environment.getOrDefault("VARIATE_ADMIN_TOKEN", TOKEN));
            server.printInstructions(running);
        } catch (RuntimeException | IOException e) {
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
        close(node, DevServer::stop);
        // First, because a broker that meets a fault while it stops halts the JVM, which would leave PostgreSQL
        // running.
        close(postgres, EmbeddedPostgresql::close);
        close(kafka, EmbeddedKafka::close);
    }

    private static void stop(Node running) throws Exception {
        running.stop().await(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    private Settings settings(EmbeddedPostgresql database, EmbeddedKafka broker) {
        Map<String, String> all = new HashMap<>();
        all.put("VARIATE_HTTP_HOST", "127.0.0.1");
        all.put("VARIATE_HTTP_PAGE", "true");
        all.put("VARIATE_ADMIN_TOKEN", TOKEN);
        all.put("VARIATE_PROJECT_API_KEY", "demo-api-key");
        all.put("VARIATE_PROJECT_SECRET_KEY", "demo-secret-key");
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
                  Admin    http://localhost:%d  (Authorization: Bearer %s)
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
