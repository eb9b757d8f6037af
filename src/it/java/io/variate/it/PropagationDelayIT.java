package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.harness.Documents;
import io.variate.it.harness.JarNode;
import io.variate.it.harness.Neighbours;
import io.variate.it.harness.NodeSettings;
import io.variate.testing.Await;
import io.variate.testing.FreePorts;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * How long a change takes to the last of three nodes: from before its commit, or its PUT, is sent until each of them has
 * answered a request that waits for its revision. {@code -Dvariate.it.changes=500} makes more of them.
 */
@Tag("alone")
class PropagationDelayIT {
    private static final int CHANGES = Integer.getInteger("variate.it.changes", 40);
    private static final int FIRST_ONES = 10;
    private static final long[] BUCKETS_MILLIS = {5, 10, 15, 20, 30, 40, 50, 75, 100, 150, 200, 500, 1_000, 5_000};
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static String database;

    @SuppressWarnings("NullAway.Init")
    private static List<JarNode> nodes;

    private static long revision;

    @BeforeAll
    static void startThreeNodes() {
        database = Neighbours.database();
        String cluster = Neighbours.unique("delay");
        List<Integer> ports = FreePorts.some(3);
        nodes = ports.stream()
                .map(port -> {
                    JarNode node = JarNode.start(NodeSettings.of(directory, "node-" + ports.indexOf(port))
                            .set("postgres.uri", database)
                            .set("admin.token", JarNode.TOKEN)
                            // Only what the nodes tell each other can be quick then.
                            .set("rulesets.check-interval", "30s")
                            .set("rulesets.min-revision-wait", "20s")
                            .joining(cluster, port, ports.toArray(Integer[]::new)));
                    node.awaitReady();
                    return node;
                })
                .toList();
        revision = nodes.get(0).putRuleset(Documents.colour("first"));
        Await.until("all serve the first ruleset", Duration.ofSeconds(40), () -> nodes.stream()
                .allMatch(node -> node.revision(Documents.KEY) == revision));
    }

    @AfterAll
    static void stop() {
        nodes.forEach(JarNode::close);
    }

    @Test
    void threeNodesServeAChangeWithinMilliseconds() throws Exception {
        double[] bySql;
        try (Connection connection =
                DriverManager.getConnection("jdbc:" + database.replace("postgres@", "") + "?user=postgres")) {
            connection.setAutoCommit(false);
            bySql = measure(change -> commit(connection, "sql-" + change));
        }
        double[] byPut =
                measure(change -> nodes.get(change % nodes.size()).putRuleset(Documents.colour("put-" + change)));

        String report = histogram("by SQL, from before its commit", bySql)
                + histogram("by PUT to each node in turn, from before the request", byPut);
        System.out.print(report);
        Files.writeString(
                Path.of(Objects.requireNonNull(System.getProperty("variate.jar")))
                        .resolveSibling("propagation.txt"),
                report);
        assertThat(percentile(bySql, 50)).as("median by SQL").isLessThan(500);
        assertThat(percentile(byPut, 50)).as("median by PUT").isLessThan(500);
    }

    private interface Change {
        void make(int number) throws Exception;
    }

    /** Milliseconds of each change, sorted. */
    private static double[] measure(Change change) throws Exception {
        double[] millis = new double[CHANGES / 2];
        for (int i = -FIRST_ONES; i < millis.length; i++) {
            revision++;
            List<CompletableFuture<Long>> served =
                    nodes.stream().map(node -> served(node, revision)).toList();
            long start = System.nanoTime();
            change.make(i + FIRST_ONES);
            long last = 0;
            for (CompletableFuture<Long> each : served) {
                last = Math.max(last, each.get() - start);
            }
            if (i >= 0) {
                millis[i] = last / 1e6;
            }
        }
        Arrays.sort(millis);
        return millis;
    }

    /** When the node has answered from that revision. */
    private static CompletableFuture<Long> served(JarNode node, long awaited) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(node.url() + "/v1/vardata?user_id=u"))
                .header("Authorization", "Api-Key " + Documents.KEY)
                .header("X-Variate-Min-Revision", Long.toString(awaited))
                .build();
        return CLIENT.sendAsync(request, BodyHandlers.ofString()).thenApply(answer -> {
            long now = System.nanoTime();
            checkIsOf(awaited, answer);
            return now;
        });
    }

    private static void checkIsOf(long awaited, HttpResponse<String> answer) {
        if (answer.statusCode() != 200
                || answer.headers().firstValueAsLong("X-Variate-Revision").orElse(-1) != awaited) {
            throw new AssertionError("revision " + awaited + " was requested: " + answer + " " + answer.body());
        }
    }

    private static void commit(Connection connection, String value) throws SQLException {
        try (PreparedStatement flag = connection.prepareStatement(
                        "update variate.flag set definition = ?::json where key = 'colour'");
                Statement next = connection.createStatement()) {
            JsonObject definition = Documents.colourFlag(value);
            flag.setString(1, definition.encode());
            flag.executeUpdate();
            next.executeUpdate("update variate.ruleset set revision = revision + 1");
            connection.commit();
        }
    }

    private static String histogram(String what, double[] sorted) {
        StringBuilder text =
                new StringBuilder("propagation to three nodes, %d changes %s: p50 %.1f p99 %.1f max %.1f ms%n"
                        .formatted(
                                sorted.length,
                                what,
                                percentile(sorted, 50),
                                percentile(sorted, 99),
                                sorted[sorted.length - 1]));
        long from = 0;
        for (long to : BUCKETS_MILLIS) {
            long lower = from;
            long count = Arrays.stream(sorted)
                    .filter(millis -> millis >= lower && millis < to)
                    .count();
            if (count > 0) {
                text.append(
                        "%6d to %4d ms: %4d %s%n".formatted(lower, to, count, "#".repeat(bar(count, sorted.length))));
            }
            from = to;
        }
        return text.toString();
    }

    private static int bar(long count, int all) {
        return (int) Math.ceil(60.0 * count / all);
    }

    private static double percentile(double[] sorted, int percent) {
        return sorted[(int) Math.ceil(percent / 100.0 * sorted.length) - 1];
    }
}
