package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.harness.Documents;
import io.variate.it.harness.JarNode;
import io.variate.it.harness.Neighbours;
import io.variate.it.harness.NodeSettings;
import io.variate.it.harness.PublicCases;
import io.variate.it.harness.PublicCases.PublicCase;
import io.variate.json.Json;
import io.variate.testing.Await;
import io.variate.testing.FreePorts;
import io.variate.testing.StoredRuleset;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three nodes of one role each answer as a single node of all roles does. */
class EvaluationOverTheBusIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final int CASES_IN_A_DOCUMENT = 500;
    private static final int REQUESTS_AT_A_TIME = 32;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static String database;

    private static final String TOPIC = Neighbours.unique("bus");

    @SuppressWarnings("NullAway.Init")
    private static JarNode single;

    @SuppressWarnings("NullAway.Init")
    private static JarNode http;

    @SuppressWarnings("NullAway.Init")
    private static JarNode evaluator;

    @SuppressWarnings("NullAway.Init")
    private static JarNode analytics;

    @BeforeAll
    static void startOneAndThreeNodes() {
        database = Neighbours.database();
        String cluster = Neighbours.unique("bus");
        List<Integer> ports = FreePorts.some(3);
        single = JarNode.launch(NodeSettings.of(directory, "single")
                .set("postgres.uri", database)
                .set("evaluation.timeout", "20s")
                .set("admin.token", JarNode.TOKEN));
        evaluator = JarNode.start(NodeSettings.of(directory, "evaluator")
                .joining(cluster, ports.get(0))
                .set("node.roles", "evaluator")
                .set("postgres.uri", database));
        analytics = JarNode.launch(NodeSettings.of(directory, "analytics")
                .joining(cluster, ports.get(1), ports.get(0))
                .set("node.roles", "analytics")
                .set("kafka.bootstrap-servers", Neighbours.kafka().bootstrapServers())
                .set("kafka.topic", TOPIC));
        http = JarNode.launch(NodeSettings.of(directory, "http")
                .joining(cluster, ports.get(2), ports.get(0))
                .set("node.roles", "http")
                .set("evaluation.timeout", "20s"));
        single.awaitUp().awaitReady();
        analytics.awaitUp();
        http.awaitUp().awaitReady();
    }

    @AfterAll
    static void stop() {
        List.of(single, http, evaluator, analytics).forEach(JarNode::close);
    }

    @Test
    void nodesWithoutAnEvaluatorAnswerAsOneNodeDoes() {
        answersAllPublicVectorsByteForByteAsOneNodeDoes();
        deliversEventsOfANodeWithoutAnalytics();
        nodesWithoutAnEvaluatorNeedNoDatabase();
        finishesInFlightRequestsOnSigterm();
    }

    private static void answersAllPublicVectorsByteForByteAsOneNodeDoes() {
        PublicCases vectors = PublicCases.read();
        List<PublicCase> cases = vectors.cases();
        System.out.printf(
                "vectors: %d replayed (%d with the expected answer at hand), skipped %s%n",
                cases.size(),
                cases.stream().filter(each -> each.expected() != null).count(),
                vectors.skipped());
        long start = System.nanoTime();
        for (List<PublicCase> batch : batches(cases)) {
            long revision = StoredRuleset.replace(database, PublicCases.document(batch));
            String key = batch.get(0).deployment();
            Await.until(
                    "both serve " + revision,
                    SOON,
                    () -> single.revision(key) == revision && http.revision(key) == revision);
            compare(batch);
        }
        System.out.printf("vectors: compared in %d ms%n", (System.nanoTime() - start) / 1_000_000);
        assertThat(cases).hasSize(2_793);
        assertThat(vectors.skipped())
                .isEqualTo(Map.of(
                        "a context that a user object cannot express", 152,
                        "dependency cycle", 23,
                        "repeated flag key", 20,
                        "a flag that PUT refuses", 12));
    }

    private static List<List<PublicCase>> batches(List<PublicCase> cases) {
        List<List<PublicCase>> batches = new ArrayList<>();
        List<PublicCase> together = new ArrayList<>();
        for (PublicCase each : cases) {
            if (each.alone()) {
                batches.add(List.of(each));
            } else {
                together.add(each);
            }
        }
        for (int from = 0; from < together.size(); from += CASES_IN_A_DOCUMENT) {
            batches.add(together.subList(from, Math.min(together.size(), from + CASES_IN_A_DOCUMENT)));
        }
        return batches;
    }

    private static void compare(List<PublicCase> batch) {
        for (int from = 0; from < batch.size(); from += REQUESTS_AT_A_TIME) {
            List<PublicCase> some = batch.subList(from, Math.min(batch.size(), from + REQUESTS_AT_A_TIME));
            List<CompletableFuture<HttpResponse<String>>> alone = ask(single, some);
            List<CompletableFuture<HttpResponse<String>>> overTheBus = ask(http, some);
            for (int i = 0; i < some.size(); i++) {
                String name = some.get(i).deployment();
                HttpResponse<String> one = alone.get(i).join();
                HttpResponse<String> other = overTheBus.get(i).join();
                assertThat(other.statusCode()).as(name).isEqualTo(200);
                assertThat(other.body()).as(name).isEqualTo(one.body());
                assertThat(other.headers().map().get("etag"))
                        .as(name)
                        .isEqualTo(one.headers().map().get("etag"));
                Map<String, @Nullable Object> expected = some.get(i).expected();
                if (expected != null) {
                    assertThat(variants(other.body())).as(name).isEqualTo(expected);
                }
            }
        }
    }

    private static List<CompletableFuture<HttpResponse<String>>> ask(JarNode node, List<PublicCase> cases) {
        return cases.stream()
                .map(each -> node.vardataAsync(each.deployment(), each.query()))
                .toList();
    }

    /** Key of the variant by key of the flag. */
    private static Map<String, @Nullable Object> variants(String answer) {
        Map<String, @Nullable Object> variants = new LinkedHashMap<>();
        PublicCases.object(Json.parse(answer))
                .forEach((flag, variant) ->
                        variants.put(flag, PublicCases.object(variant).get("key")));
        return variants;
    }

    private static void deliversEventsOfANodeWithoutAnalytics() {
        long revision = single.putRuleset(Documents.colour("teal"));
        Await.value("the revision is served", SOON, () -> http.revision(Documents.KEY), seen -> seen == revision);
        Set<String> users =
                IntStream.range(0, 100).mapToObj(i -> "bus-user-" + i).collect(Collectors.toSet());

        users.forEach(user -> http.vardata(Documents.KEY, Map.of("user_id", user)));

        Await.value(
                "all events are delivered",
                SOON,
                () -> evaluator.metric("variate_assignments_spooled", ""),
                seen -> seen == 0);
        assertThat(Neighbours.keys(TOPIC)).containsAll(users);
        assertThat(Neighbours.events(TOPIC))
                .anySatisfy(event -> assertThat(event.value()).contains("\"node\":\"evaluator\""));
    }

    private static void nodesWithoutAnEvaluatorNeedNoDatabase() {
        assertThat(http.origin()).isEqualTo("cluster");
        assertThat(analytics.origin()).isEqualTo("cluster");
        assertThat(http.metric("variate_postgres_queries_total", "")).isZero();
    }

    private static void finishesInFlightRequestsOnSigterm() {
        evaluator.process().sendSignal("STOP");
        Supplier<CompletableFuture<HttpResponse<String>>> request =
                () -> http.vardataAsync(Documents.KEY, Map.of("user_id", "in-flight"));
        AtomicReference<CompletableFuture<HttpResponse<String>>> inFlight = new AtomicReference<>(request.get());
        // One is the request for the metrics itself.
        Await.value(
                "a request is in flight",
                SOON,
                () -> {
                    // At first the node may not have heard of the evaluator.
                    inFlight.updateAndGet(sent -> sent.isDone() ? request.get() : sent);
                    return http.metric("vertx_http_server_active_requests", "");
                },
                seen -> seen > 1);
        CompletableFuture<HttpResponse<String>> waiting = Objects.requireNonNull(inFlight.get());
        http.process().sendSignal("TERM");
        Await.until("the node takes no more requests", SOON, () -> !http.isListening());
        assertThat(waiting).isNotDone();

        evaluator.process().sendSignal("CONT");

        assertThat(waiting.join().statusCode()).isEqualTo(200);
        assertThat(waiting.join().body()).isEqualTo(Documents.colourAnswer("teal"));
        assertThat(http.process().exitCode(SOON)).isEqualTo(143);
    }
}
