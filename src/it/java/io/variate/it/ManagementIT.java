package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.dev.EmbeddedPostgresql;
import io.variate.it.harness.Fleet;
import io.variate.it.harness.JarNode;
import io.variate.testing.Await;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The management API of three nodes: writes interrupted by kill -9, and the delay of edits among 10,000 flags. */
@Tag("alone")
class ManagementIT {
    private static final List<String> NAMES = List.of("one", "two", "three");
    private static final int WRITERS = 8;
    private static final int ANSWERED_BEFORE_THE_FAULT = 20;
    private static final int FLAGS = 10_000;
    private static final int CHANGED_FLAGS = 100;
    private static final int USERS = 10_000;
    private static final int FIRST_EDITS = 5;
    private static final int EDITS = 50;
    private static final int PAGES = 20;
    private static final long GENEROUS_MILLIS = 5_000;
    private static final String REVISION = "X-Variate-Revision";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static EmbeddedPostgresql postgres;

    @SuppressWarnings("NullAway.Init")
    private static Fleet fleet;

    /** Other tests use a database that loses commits if it is killed. */
    @BeforeAll
    static void startThreeNodesWithADurableDatabase() {
        postgres = EmbeddedPostgresql.start(directory.resolve("postgresql"), 0);
        fleet = new Fleet(directory, NAMES, settings -> settings.set("postgres.uri", postgres.uri())
                .set("rulesets.check-interval", "1s")
                .set("rulesets.min-revision-wait", "20s"));
        fleet.start("one");
        List.of("two", "three").forEach(fleet::launch);
        List.of("two", "three").forEach(name -> fleet.node(name).awaitUp().awaitReady());
    }

    @AfterAll
    static void stop() {
        try {
            fleet.close();
        } finally {
            postgres.close();
        }
    }

    @Test
    void aNodeKilledDuringWritesLeavesEachCompleteOrAbsent() {
        Workload workload = new Workload("node-loss");
        workload.interrupt(List.of("one"), () -> fleet.node("one").kill());

        workload.repeat("two");
        fleet.start("one");
        workload.repeat("one");
        workload.requireEachWriteOnce();
        workload.print("kill -9 of a node");
    }

    @Test
    void postgresqlKilledDuringWritesLeavesEachCompleteOrAbsent() {
        Workload workload = new Workload("database-loss");
        try {
            workload.interrupt(NAMES, postgres::kill);
        } finally {
            postgres.restart();
        }

        workload.repeat("three");
        workload.repeat("one");
        workload.requireEachWriteOnce();
        workload.print("kill -9 of PostgreSQL");
        Await.until("a node listens for notifications again", Fleet.SOON, () -> NAMES.stream()
                .anyMatch(name -> fleet.node(name).metric("variate_postgres_listening", "variate_ruleset") == 1));
    }

    @Test
    void threeNodesServeAnEditAmongTenThousandFlags() {
        long start = System.nanoTime();
        put("/api/1/ruleset/projects/large", largeProject());
        String edited =
                new JsonObject(ok(fleet.node("one"), "POST", "/flags", """
                        {"projectId": "large", "key": "edited", "enabled": true, "rolloutPercentage": 100,
                         "variants": [{"key": "on", "payload": "first"}], "rolloutWeights": {"on": 1}}""").body()).getString("id");
        System.out.printf("%d flags stored and reconciled in %.0f ms%n", FLAGS, millisSince(start));

        editsReachEveryNode(edited);
        pagesOfFlags();
        previewOfChangedFlags();
    }

    // 10,000 flags

    private static void editsReachEveryNode(String flag) {
        double[] answered = new double[EDITS];
        double[] served = new double[EDITS];
        for (int i = -FIRST_EDITS; i < EDITS; i++) {
            JarNode node = fleet.node(NAMES.get(Math.floorMod(i, NAMES.size())));
            String value = "edit-" + i;
            long start = System.nanoTime();
            HttpResponse<String> answer = ok(
                    node,
                    "PATCH",
                    "/flags/" + flag + "/variants/on",
                    new JsonObject().put("payload", value).encode());
            double untilAnswer = millisSince(start);
            String revision = answer.headers().firstValue(REVISION).orElseThrow();
            start = System.nanoTime();
            List<CompletableFuture<HttpResponse<String>>> reads = NAMES.stream()
                    .map(name -> fleet.node(name)
                            .requestAsync(
                                    "GET",
                                    "/v1/vardata?user_id=u&flag_keys=edited",
                                    "",
                                    "Authorization",
                                    "Api-Key server-large",
                                    "X-Variate-Min-Revision",
                                    revision))
                    .toList();
            for (CompletableFuture<HttpResponse<String>> read : reads) {
                assertThat(new JsonObject(read.join().body())
                                .getJsonObject("edited")
                                .getString("payload"))
                        .isEqualTo(value);
            }
            double untilServed = millisSince(start);
            if (i >= 0) {
                answered[i] = untilAnswer;
                served[i] = untilServed;
            }
        }
        report("edit, until its answer", answered);
        report("edit, from its answer until three nodes served it", served);
        assertThat(percentile(served, 99)).isLessThan(GENEROUS_MILLIS);
    }

    private static void pagesOfFlags() {
        double[] pages = new double[PAGES];
        for (int i = 0; i < PAGES; i++) {
            long start = System.nanoTime();
            HttpResponse<String> page =
                    ok(fleet.node("one"), "GET", "/flags?projectId=large&limit=100&cursor=" + 100 * i, "");
            pages[i] = millisSince(start);
            assertThat(new JsonObject(page.body()).getJsonArray("flags")).hasSize(100);
        }
        report("page of 100 flags", pages);
        assertThat(percentile(pages, 99)).isLessThan(GENEROUS_MILLIS);
    }

    private static void previewOfChangedFlags() {
        JsonArray changed = new JsonArray();
        IntStream.range(0, CHANGED_FLAGS).forEach(i -> changed.add(split(i, 60)));
        String request = new JsonObject()
                .put("project", "large")
                .put("flags", changed)
                .put(
                        "users",
                        new JsonObject()
                                .put(
                                        "generate",
                                        new JsonObject().put("count", USERS).put("identity", "user_id")))
                .encode();
        double[] previews = new double[3];
        for (int i = 0; i < previews.length; i++) {
            long start = System.nanoTime();
            HttpResponse<String> answer = ok(fleet.node("two"), "POST", "/preview", request);
            previews[i] = millisSince(start);
            List<JsonObject> lines = answer.body().lines().map(JsonObject::new).toList();
            assertThat(ofType(lines, "progress")).isNotEmpty();
            assertThat(ofType(lines, "flag")).hasSize(CHANGED_FLAGS);
            assertThat(lines.get(lines.size() - 1).getLong("moved")).isPositive();
        }
        report("preview of %d users and %d changed flags".formatted(USERS, CHANGED_FLAGS), previews);
    }

    private static List<JsonObject> ofType(List<JsonObject> lines, String type) {
        return lines.stream()
                .filter(line -> type.equals(line.getString("type")))
                .toList();
    }

    private static String largeProject() {
        JsonArray flags = new JsonArray();
        IntStream.range(0, FLAGS).forEach(i -> flags.add(split(i, 20)));
        return new JsonObject()
                .put("flags", flags)
                .put("deployments", new JsonArray("""
                        [{"key": "server-large", "label": "large", "type": "server", "flags": ["*"]}]"""))
                .encode();
    }

    /** A raw flag. */
    private static JsonObject split(int number, int percent) {
        return new JsonObject("""
                {"key": "flag-%d", "metadata": {"flagVersion": 1},
                 "variants": {"on": {"key": "on", "value": "on"}, "off": {"key": "off"}},
                 "segments": [{"variant": "off", "bucket": {"selector": ["context", "user", "user_id"], "salt": "salt-%d",
                   "allocations": [{"range": [0, %d], "distributions": [{"variant": "on", "range": [0, 42949673]}]}]}}]}""".formatted(number, number, percent));
    }

    private static void report(String what, double[] millis) {
        System.out.printf(
                "%d flags, %s: p50 %.1f p99 %.1f ms (%d measured)%n",
                FLAGS, what, percentile(millis, 50), percentile(millis, 99), millis.length);
    }

    private static double percentile(double[] millis, int percent) {
        double[] sorted = Arrays.stream(millis).sorted().toArray();
        return sorted[(int) Math.ceil(percent / 100.0 * sorted.length) - 1];
    }

    private static double millisSince(long start) {
        return (System.nanoTime() - start) / 1e6;
    }

    /**
     * Concurrent writes to one project, each a batch with an idempotency key of its own: it adds two flags and edits one that
     * all of them edit. Used by one thread; the writes run on those of the HTTP client.
     */
    private static final class Workload {
        private final String project;
        private final String deployment;
        private final String deploymentKey;
        private final String shared;
        private final AtomicInteger writes = new AtomicInteger();
        private final Map<Integer, HttpResponse<String>> answers = new ConcurrentHashMap<>();
        private final ConcurrentLinkedQueue<String> unexpected = new ConcurrentLinkedQueue<>();
        private int answeredAtFirst;

        private Workload(String project) {
            this.project = project;
            JarNode node = fleet.node("one");
            ok(
                    node,
                    "POST",
                    "/projects",
                    new JsonObject().put("id", project).put("name", project).encode());
            this.deployment = id(ok(
                    node,
                    "POST",
                    "/deployments",
                    new JsonObject()
                            .put("projectId", project)
                            .put("label", "app")
                            .put("type", "server")
                            .encode()));
            this.deploymentKey = Objects.requireNonNull(new JsonObject(
                            ok(node, "GET", "/deployments/" + deployment, "").body())
                    .getString("key"));
            this.shared = id(ok(node, "POST", "/flags", flag("shared").encode()));
        }

        private static String id(HttpResponse<String> created) {
            return Objects.requireNonNull(new JsonObject(created.body()).getString("id"));
        }

        private JsonObject flag(String key) {
            return new JsonObject()
                    .put("projectId", project)
                    .put("key", key)
                    .put("enabled", true)
                    .put("deployments", JsonArray.of(deployment))
                    .put("variants", JsonArray.of(new JsonObject().put("key", "on")));
        }

        private String batch(int number) {
            JsonArray batch = new JsonArray();
            for (String prefix : List.of("a-", "b-")) {
                batch.add(new JsonObject()
                        .put("method", "POST")
                        .put("path", "/flags")
                        .put("body", flag(prefix + number)));
            }
            batch.add(new JsonObject()
                    .put("method", "PATCH")
                    .put("path", "/flags/" + shared)
                    .put("body", new JsonObject().put("description", description(number))));
            return new JsonObject().put("writes", batch).encode();
        }

        private static String description(int number) {
            return "write " + number;
        }

        private CompletableFuture<HttpResponse<String>> send(JarNode node, int number) {
            return node.adminAsync("POST", "/api/1/batch", batch(number), "Idempotency-Key", project + "-" + number);
        }

        /** Causes a fault while all writers wait for an answer; each of them stops at its first failure. */
        void interrupt(List<String> names, Runnable fault) {
            List<CompletableFuture<Void>> writers = IntStream.range(0, WRITERS)
                    .mapToObj(i -> writeUntilFailure(fleet.node(names.get(i % names.size()))))
                    .toList();
            Await.until("some writes are answered", Fleet.SOON, () -> answers.size() >= ANSWERED_BEFORE_THE_FAULT);
            fault.run();
            Await.until("all writers have failed", Fleet.SOON, () -> writers.stream()
                    .allMatch(CompletableFuture::isDone));
            writers.forEach(CompletableFuture::join);
            answeredAtFirst = answers.size();
            assertThat(unexpected).isEmpty();
            assertThat(writes.get() - answeredAtFirst)
                    .as("writes without an answer")
                    .isEqualTo(WRITERS);
        }

        private CompletableFuture<Void> writeUntilFailure(JarNode node) {
            int number = writes.getAndIncrement();
            return send(node, number)
                    .handle((answer, failure) -> {
                        if (answer != null && answer.statusCode() == 200) {
                            answers.put(number, answer);
                            return true;
                        }
                        if (answer != null && answer.statusCode() != 503) {
                            unexpected.add(answer.statusCode() + " " + answer.body());
                        }
                        return false;
                    })
                    .thenCompose(succeeded ->
                            succeeded ? writeUntilFailure(node) : CompletableFuture.<Void>completedFuture(null));
        }

        /** Repeats all writes at a node: each has the first answer if there was one, and has one from now on. */
        void repeat(String name) {
            for (int i = 0; i < writes.get(); i++) {
                HttpResponse<String> repeated = success(fleet.node(name), i);
                HttpResponse<String> first = answers.putIfAbsent(i, repeated);
                if (first != null) {
                    assertThat(repeated.body()).isEqualTo(first.body());
                }
            }
        }

        /** The answer as soon as the node reaches the database. */
        private HttpResponse<String> success(JarNode node, int number) {
            List<HttpResponse<String>> received = new ArrayList<>();
            Await.until("write " + number + " has an answer", Fleet.SOON, () -> {
                HttpResponse<String> answer = send(node, number).join();
                received.add(answer);
                return answer.statusCode() != 503;
            });
            HttpResponse<String> answer = received.get(received.size() - 1);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            return answer;
        }

        void requireEachWriteOnce() {
            int count = writes.get();
            Set<String> keys = new TreeSet<>(Set.of("shared"));
            Set<String> descriptions = new TreeSet<>();
            for (int i = 0; i < count; i++) {
                keys.addAll(List.of("a-" + i, "b-" + i));
                descriptions.add(description(i));
            }
            JarNode node = fleet.node("one");

            List<JsonObject> flags =
                    objects(new JsonObject(ok(node, "GET", "/flags?limit=1000&projectId=" + project, "")
                                    .body())
                            .getJsonArray("flags"));
            assertThat(flags).extracting(flag -> flag.getString("key")).containsExactlyInAnyOrderElementsOf(keys);

            List<JsonObject> versions = objects(new JsonArray(
                    ok(node, "GET", "/flags/" + shared + "/versions", "").body()));
            assertThat(versions)
                    .extracting(version -> version.getLong("version"))
                    .containsExactlyInAnyOrderElementsOf(
                            LongStream.rangeClosed(1, count + 1).boxed().toList());
            assertThat(versions)
                    .filteredOn(version -> version.getLong("version") > 1)
                    .extracting(version -> version.getJsonObject("flagConfig").getString("description"))
                    .containsExactlyInAnyOrderElementsOf(descriptions);

            requireAudit(node, keys, count);
            requireGaplessRevisions();
            for (String name : NAMES) {
                Await.value(
                        "node " + name + " serves all flags",
                        Fleet.SOON,
                        () -> fleet.node(name).deliveredFlags(deploymentKey),
                        keys::equals);
            }
        }

        private void requireAudit(JarNode node, Set<String> keys, int count) {
            List<JsonObject> entries = node.adminAsync(
                            "GET", "/api/1/audit?projectId=" + project, "", "Accept", "application/x-ndjson")
                    .join()
                    .body()
                    .lines()
                    .map(JsonObject::new)
                    .filter(entry -> entry.getString("kind").equals("flag"))
                    .toList();
            Map<String, List<Long>> versions = entries.stream()
                    .sorted(Comparator.comparing(entry -> entry.getLong("number")))
                    .collect(Collectors.groupingBy(
                            entry -> entry.getString("label"),
                            Collectors.mapping(entry -> entry.getLong("version"), Collectors.toList())));
            assertThat(versions.keySet()).isEqualTo(keys);
            versions.forEach((key, seen) -> assertThat(seen)
                    .as("versions of %s in the audit log", key)
                    .isEqualTo(LongStream.rangeClosed(1, key.equals("shared") ? count + 1 : 1)
                            .boxed()
                            .toList()));
        }

        private void requireGaplessRevisions() {
            List<Long> revisions = answers.values().stream()
                    .map(answer -> new JsonObject(answer.body()).getLong("revision"))
                    .sorted()
                    .toList();
            long first = revisions.get(0);
            assertThat(revisions)
                    .isEqualTo(LongStream.range(first, first + revisions.size())
                            .boxed()
                            .toList());
        }

        void print(String fault) {
            System.out.printf(
                    "%s: %d writes of 3 resources, %d without an answer at first%n",
                    fault, writes.get(), writes.get() - answeredAtFirst);
        }
    }

    private static List<JsonObject> objects(JsonArray array) {
        return array.stream().map(JsonObject.class::cast).toList();
    }

    private static void put(String path, String body) {
        HttpResponse<String> answer = fleet.node("one").admin("PUT", path, body);
        assertThat(answer.statusCode()).as(answer.body()).isIn(200, 201);
    }

    /** Sends a request to the management API, which must succeed. */
    private static HttpResponse<String> ok(JarNode node, String method, String path, String body) {
        HttpResponse<String> answer =
                node.adminAsync(method, "/api/1" + path, body).join();
        assertThat(answer.statusCode())
                .as("%s %s: %s", method, path, answer.body())
                .isEqualTo(200);
        return answer;
    }
}
