package io.variate.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.bus.codecs.MessageCodecs;
import io.variate.config.Secret;
import io.variate.config.Upstream;
import io.variate.testing.Await;
import io.variate.testing.LogLines;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UpstreamCohortsTest {
    private static final String PATH = "/sdk/v1/cohort/";
    private static final Duration INTERVAL = Duration.ofMillis(100);
    private static final Duration HOUR = Duration.ofHours(1);
    private static final int MAX_MEMBERS = 200_000;

    private final Vertx vertx = Vertx.vertx();
    private final AtomicReference<String> leader = new AtomicReference<>("first");
    private final List<CohortNode> nodes = new ArrayList<>();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @SuppressWarnings("NullAway.Init")
    private StandInServer upstream;

    @BeforeEach
    void start() {
        MessageCodecs.register(vertx.eventBus());
        upstream = new StandInServer(vertx);
    }

    @AfterEach
    void close() throws Exception {
        nodes.forEach(CohortNode::close);
        vertx.close().await(20, TimeUnit.SECONDS);
    }

    @Test
    void servesTheMembersOfATargetedCohortAfterTheStart() {
        upstream.answer(PATH + "testers", 200, cohort("testers", 5, List.of("alice")));

        CohortNode node = node().start(targeting("testers"));

        assertThat(node.hasMember("testers", "alice")).isTrue();
        assertThat(node.hasMember("testers", "bob")).isFalse();
        assertThat(node.status().state()).isEqualTo("up");
        StandInServer.Seen request = upstream.requests(PATH).get(0);
        assertThat(request.target()).isEqualTo(PATH + "testers?maxCohortSize=" + MAX_MEMBERS);
        String pair = UpstreamSettings.API_KEY + ":" + UpstreamSettings.SECRET_KEY;
        assertThat(request.header("Authorization"))
                .isEqualTo("Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)));
        assertThat(request.header("Accept-Encoding")).contains("gzip");
    }

    @Test
    void doesNotDownloadAnUnchangedCohortAgain() {
        AtomicInteger downloads = new AtomicInteger();
        conditional("testers", new AtomicLong(1_720_000_000_123L), downloads);
        CohortNode node = node().start(targeting("testers"));

        Await.until("three more polls", () -> upstream.requests(PATH).size() >= 4);

        assertThat(downloads).hasValue(1);
        assertThat(upstream.requests(PATH).get(3).target()).endsWith("&lastModified=1720000000123");
        assertThat(node.hasMember("testers", "alice")).isTrue();
        assertThat(node.status().state()).isEqualTo("up");
    }

    @Test
    void servesAChangedCohort() {
        upstream.answer(PATH + "testers", 200, cohort("testers", 5, List.of("alice")));
        CohortNode node = node().start(targeting("testers"));

        upstream.answer(PATH + "testers", 200, cohort("testers", 6, List.of("bob")));

        Await.until("bob is a member", () -> node.hasMember("testers", "bob"));
        assertThat(node.hasMember("testers", "alice")).isFalse();
    }

    @Test
    void servesOtherMembersWithAnOlderTimeOfChange() {
        upstream.answer(PATH + "testers", 200, cohort("testers", 5, List.of("alice")));
        CohortNode node = node().start(targeting("testers"));

        upstream.answer(PATH + "testers", 200, cohort("testers", 5, List.of("bob")));
        Await.until("bob is a member", () -> node.hasMember("testers", "bob"));
        upstream.answer(PATH + "testers", 200, cohort("testers", 3, List.of("carol")));
        Await.until("carol is a member", () -> node.hasMember("testers", "carol"));
    }

    @Test
    void fetchesANewlyTargetedCohortAtOnce() {
        upstream.answer(PATH + "testers", 200, cohort("testers", 5, List.of("alice")));
        upstream.answer(PATH + "beta", 200, cohort("beta", 5, List.of("bob")));
        CohortNode node = node(settings(HOUR, HOUR)).start(targeting("testers"));

        node.serve(targeting("testers", "beta"));

        Await.until("bob is a member", () -> node.hasMember("beta", "bob"));
    }

    @Test
    void downloadsCohortsOfGroups() {
        upstream.answer(PATH + "orgs", 200, """
                {"cohortId": "orgs", "groupType": "org", "groupTypeId": 7, "lastComputed": 1, "lastModified": 5, "size": 1,
                 "memberIds": ["acme"]}""");

        CohortNode node = node().start(document("""
                {"selector": ["context", "groups", "org", "cohort_ids"], "op": "set does not contain any",
                 "values": ["orgs"]}"""));

        assertThat(node.cohorts("").contains("org", "orgs", "acme")).isTrue();
        assertThat(node.hasMember("orgs", "acme")).isFalse();
    }

    @Test
    void downloadsOnlyCohortsThatSdksWouldDownload() {
        node().start(document("""
                {"selector": ["context", "user", "cohort_ids"], "op": "is", "values": ["other operator"]},
                {"selector": ["context", "user", "country"], "op": "set contains any", "values": ["other selector"]}"""));

        assertThat(upstream.requests(PATH)).isEmpty();
    }

    @Test
    void acceptsFieldsInAnyOrderAndUnknownOnes() {
        upstream.answer(PATH + "testers", 200, """
                {"new": {"a": ["b", null]}, "memberIds": ["alice"], "size": 1, "lastModified": 5, "cohortId": "testers",
                 "groupType": "User", "also": "new"}""");

        CohortNode node = node().start(targeting("testers"));

        assertThat(node.hasMember("testers", "alice")).isTrue();
        assertThat(Objects.requireNonNull(node.find("testers")).lastModified()).isEqualTo(5);
    }

    @Test
    void ignoresIdsWithALoneSurrogate() {
        upstream.answer(PATH + "testers", 200, cohort("testers", 5, List.of("alice")));

        CohortNode node = node().start(document("""
                {"selector": ["context", "user", "cohort_ids"], "op": "set contains any", "values": ["a\\ud800", "testers"]}"""));

        assertThat(node.hasMember("testers", "alice")).isTrue();
        assertThat(upstream.requests(PATH)).allMatch(request -> request.target().startsWith(PATH + "testers?"));
        assertThat(node.status().state()).isEqualTo("up");
    }

    @Test
    void encodesIdsInPaths() {
        upstream.on(
                PATH + "a%2Fb%20c%3F%C3%BC", request -> request.response().end(cohort("a/b c?ü", 5, List.of("alice"))));

        CohortNode node = node().start(targeting("a/b c?ü"));

        assertThat(node.hasMember("a/b c?ü", "alice")).isTrue();
    }

    @Test
    void keepsCohortsOfProjectsApart() {
        upstream.on(PATH + "testers", request -> request.response()
                .end(cohort("testers", 5, List.of(user(request).equals("mobile-api") ? "mobile user" : "alice"))));
        Upstream.Project mobile = new Upstream.Project(
                "mobile",
                new Secret("mobile-api"),
                new Secret("mobile-secret"),
                null,
                null,
                List.of(new Secret("key")));

        CohortNode node = node(settings(INTERVAL, INTERVAL, UpstreamSettings.unnamed(), mobile))
                .start("{\"projects\": {\"\": %1$s, \"mobile\": %2$s}}"
                        .formatted(targeting("testers"), targeting("testers").replace("server-key", "mobile-key")));

        Await.until("both cohorts are served", () -> node.cohorts("mobile").find("testers") != null);
        assertThat(node.hasMember("testers", "alice")).isTrue();
        assertThat(node.cohorts("mobile").contains("User", "testers", "mobile user"))
                .isTrue();
        assertThat(node.cohorts("mobile").contains("User", "testers", "alice")).isFalse();
    }

    @Test
    void acceptsCompressedCohorts() throws IOException {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(compressed)) {
            out.write(cohort("testers", 5, List.of("alice")).getBytes(StandardCharsets.UTF_8));
        }
        upstream.on(PATH + "testers", request -> request.response()
                .putHeader("Content-Encoding", "gzip")
                .end(Buffer.buffer(compressed.toByteArray())));

        CohortNode node = node().start(targeting("testers"));

        assertThat(node.hasMember("testers", "alice")).isTrue();
    }

    @Test
    void downloadsManyMembers() {
        List<String> members =
                IntStream.range(0, 100_000).mapToObj(i -> "user-" + i).toList();
        upstream.answer(PATH + "testers", 200, cohort("testers", 5, members));

        CohortNode node = node().start(targeting("testers"));

        Await.until("the cohort is served", () -> node.find("testers") != null);
        assertThat(Objects.requireNonNull(node.find("testers")).size()).isEqualTo(100_000);
        assertThat(members).allMatch(member -> node.hasMember("testers", member));
    }

    @Test
    void keepsTheMembersOfACohortThatBecomesTooLarge() {
        upstream.answer(PATH + "testers", 200, cohort("testers", 5, List.of("alice")));
        CohortNode node = node().start(targeting("testers"));

        try (LogLines lines = new LogLines(UpstreamCohorts.class)) {
            upstream.answer(PATH + "testers", 413, "");
            Await.until("the status is down", () -> node.status().state().equals("down"));
            double failures = node.failedFetches();
            Await.until("it is polled again", () -> node.failedFetches() >= failures + 2);

            assertThat(node.status().reason()).contains("cohort testers").contains(MAX_MEMBERS + " members");
            assertThat(node.hasMember("testers", "alice")).isTrue();
            assertThat(lines.all()).hasSize(1).first().asString().contains("cohort=testers");
        }

        upstream.answer(PATH + "testers", 200, cohort("testers", 6, List.of("bob")));
        Await.until("bob is a member", () -> node.hasMember("testers", "bob"));
        Await.until("the status is up", () -> node.status().state().equals("up"));
    }

    @Test
    void removesACohortThatTheUpstreamDoesNotKnow() {
        upstream.answer(PATH + "testers", 200, cohort("testers", 5, List.of("alice")));
        CohortNode node = node().start(targeting("testers"));

        upstream.answer(PATH + "testers", 404, "Cohort not found");

        Await.until("the cohort is gone", () -> node.find("testers") == null);
        assertThat(node.status().state()).isEqualTo("up");
    }

    @Test
    void logsOneLineForManyUnknownCohorts() {
        String[] ids = ids(20);
        try (LogLines lines = new LogLines(UpstreamCohorts.class)) {
            node(settings(HOUR, HOUR)).start(targeting(ids));

            Await.until("all are polled", () -> upstream.requests(PATH).size() == ids.length);
            assertThat(lines.all()).hasSize(1).first().asString().contains("does not know");
        }
    }

    @Test
    void waitsAsLongAsTheUpstreamAsks() {
        List<Long> times = new CopyOnWriteArrayList<>();
        upstream.on(PATH + "testers", request -> {
            times.add(System.nanoTime());
            boolean isFirst = times.size() == 1;
            request.response()
                    .setStatusCode(isFirst ? 429 : 200)
                    .putHeader("Retry-After", "2")
                    .end(isFirst ? "" : cohort("testers", 5, List.of("alice")));
        });
        CohortNode node = node(settings(INTERVAL, HOUR)).start(targeting("testers"));
        assertThat(node.status().reason()).contains("429");

        Await.until("alice is a member", () -> node.hasMember("testers", "alice"));

        assertThat(times.get(1) - times.get(0)).isGreaterThanOrEqualTo(TimeUnit.SECONDS.toNanos(2));
        Await.until("the status is up", () -> node.status().state().equals("up"));
    }

    @Test
    void pausesAllCohortsTogetherWhileTheUpstreamFails() {
        List<Long> times = new CopyOnWriteArrayList<>();
        AtomicInteger status = new AtomicInteger(500);
        String[] ids = ids(30);
        for (String id : ids) {
            upstream.on(PATH + id, request -> {
                times.add(System.nanoTime());
                request.response().setStatusCode(status.get()).end(cohort(id, 5, List.of("alice")));
            });
        }

        CohortNode node = node(settings(HOUR, HOUR)).start(targeting(ids));

        Await.until("four polls", () -> times.size() >= 4);
        // Two may be in flight before the first failure; then two probes follow after about 1 s and 2 s.
        assertThat(times.get(3) - times.get(0)).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(1_500));
        status.set(200);
        Await.until("all are served", () -> Stream.of(ids).allMatch(id -> node.hasMember(id, "alice")));
    }

    @Test
    void servesOtherCohortsWhileOneFails() {
        upstream.answer(PATH + "testers", 500, "");
        upstream.answer(PATH + "beta", 200, cohort("beta", 5, List.of("bob")));
        upstream.answer(PATH + "gamma", 200, cohort("gamma", 5, List.of("carol")));

        CohortNode node = node(settings(HOUR, HOUR)).start(targeting("testers", "beta", "gamma"));

        Await.until("the others are served", () -> node.hasMember("beta", "bob") && node.hasMember("gamma", "carol"));
        assertThat(node.status().reason()).contains("500");
    }

    @Test
    void spreadsPollsOverTime() {
        List<Long> times = new CopyOnWriteArrayList<>();
        String[] ids = ids(40);
        for (String id : ids) {
            upstream.on(PATH + id, request -> {
                times.add(System.nanoTime());
                request.response().setStatusCode(404).end();
            });
        }

        node(settings(HOUR, HOUR)).start(targeting(ids));

        Await.until("all are polled", () -> times.size() == ids.length);
        assertThat(times.get(ids.length - 1) - times.get(0)).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(1_800));
    }

    @Test
    void downloadsTwoCohortsAtATime() {
        AtomicInteger active = new AtomicInteger();
        AtomicInteger mostActive = new AtomicInteger();
        String[] ids = ids(6);
        for (String id : ids) {
            upstream.on(PATH + id, request -> {
                mostActive.accumulateAndGet(active.incrementAndGet(), Math::max);
                vertx.setTimer(300, over -> {
                    active.decrementAndGet();
                    request.response().end(cohort(id, 5, List.of("alice")));
                });
            });
        }

        CohortNode node = node(settings(HOUR, HOUR)).start(targeting(ids));

        Await.until("all are served", () -> Stream.of(ids).allMatch(id -> node.hasMember(id, "alice")));
        assertThat(mostActive).hasValue(2);
    }

    @Test
    void keepsMembersWhileTheUpstreamAnswersBadly() {
        upstream.answer(PATH + "testers", 200, cohort("testers", 5, List.of("alice")));
        CohortNode node = node().start(targeting("testers"));

        upstream.answer(PATH + "testers", 200, "{\"cohortId\":\"testers\",\"lastModified\":6,\"memberIds\":[\"bo");
        awaitProblem(node, "JSON");
        upstream.answer(PATH + "testers", 200, "<html>");
        awaitProblem(node, "line 1, column");
        upstream.answer(PATH + "testers", 200, cohort("beta", 6, List.of("bob")));
        awaitProblem(node, "another cohort");
        upstream.answer(PATH + "testers", 200, "[\"bob\"]");
        awaitProblem(node, "lastModified must be a positive integer");
        upstream.answer(PATH + "testers", 500, "");
        awaitProblem(node, "500");
        upstream.answer(PATH + "testers", 401, "Invalid api or secret key");
        awaitProblem(node, "401");
        upstream.on(PATH + "testers", UpstreamCohortsTest::breakOff);
        awaitProblem(node, "clos");
        upstream.on(PATH + "testers", request -> {});
        awaitProblem(node, "in time");

        assertThat(node.hasMember("testers", "alice")).isTrue();
        upstream.answer(PATH + "testers", 200, cohort("testers", 6, List.of("bob")));
        Await.until("bob is a member", () -> node.hasMember("testers", "bob"));
        Await.until("the status is up", () -> node.status().state().equals("up"));
    }

    @Test
    void abortsADownloadAtTheLimit() {
        AtomicLong sent = new AtomicLong();
        AtomicBoolean isClosed = new AtomicBoolean();
        upstream.on(PATH + "testers", request -> {
            HttpServerResponse response = request.response().setChunked(true);
            response.closeHandler(closed -> isClosed.set(true));
            response.write("{\"cohortId\":\"testers\",\"lastModified\":5,\"memberIds\":[\"first\"");
            sendWithoutEnd(response, Buffer.buffer(",\"another-member\"".repeat(1_000)), sent);
        });

        CohortNode node = node("first", settings(HOUR, HOUR), 1_000, directory).start(targeting("testers"));

        Await.until("the download is aborted", isClosed::get);
        assertThat(sent.get()).isLessThan(64 << 20);
        Await.value("status", node::status, status -> status.state().equals("down"));
        assertThat(node.status().reason()).contains("more than 1000 members");
        assertThat(node.find("testers")).isNull();
        assertThat(filesIn(directory)).isEmpty();
    }

    @Test
    void abortsAnEndlessBodyOfSpaces() {
        AtomicLong sent = new AtomicLong();
        AtomicBoolean isClosed = new AtomicBoolean();
        upstream.on(PATH + "testers", request -> {
            HttpServerResponse response = request.response().setChunked(true);
            response.closeHandler(closed -> isClosed.set(true));
            response.write("{\"cohortId\":\"testers\",\"lastModified\":5,\"memberIds\":[\"first\"");
            sendWithoutEnd(response, Buffer.buffer(" ".repeat(16_000)), sent);
        });

        CohortNode node = node(settings(HOUR, HOUR)).start(targeting("testers"));

        Await.until("the download is aborted", isClosed::get);
        assertThat(sent.get()).isLessThan(16 << 20);
        awaitProblem(node, "besides its members");
        Await.until("the body is deleted", () -> filesIn(directory).isEmpty());
    }

    @Test
    void abortsABodyThatTrickles() {
        upstream.on(PATH + "testers", request -> {
            HttpServerResponse response = request.response().setChunked(true);
            response.write("{\"cohortId\":\"testers\",\"lastModified\":5,\"memberIds\":[\"first\"");
            long timer = vertx.setPeriodic(50, tick -> response.write(",\"another-member\""));
            response.closeHandler(closed -> vertx.cancelTimer(timer));
        });
        Upstream settings = UpstreamSettings.of(
                upstream.url(), HOUR, Duration.ofSeconds(1), 8, List.of(UpstreamSettings.unnamed()));

        CohortNode node = node(settings).start(targeting("testers"));

        awaitProblem(node, "bytes per second");
    }

    @Test
    void reportsAProjectWithoutKeys() {
        Upstream.Project keyless = new Upstream.Project("", null, null, null, null, List.of(new Secret("key")));

        CohortNode node = node(settings(INTERVAL, INTERVAL, keyless)).start(targeting("testers"));

        assertThat(node.status().state()).isEqualTo("down");
        assertThat(node.status().reason()).contains("api-key and secret-key");
        assertThat(upstream.requests(PATH)).isEmpty();
    }

    @Test
    void servesCohortsOnDiskAfterARestartWithoutTheUpstream() throws Exception {
        upstream.answer(PATH + "testers", 200, cohort("testers", 5, List.of("alice")));
        CohortNode node = node().start(targeting("testers"));
        assertThat(node.hasMember("testers", "alice")).isTrue();
        node.close();
        nodes.clear();
        upstream.close();

        CohortNode restarted = node().start(targeting("testers"));

        assertThat(restarted.hasMember("testers", "alice")).isTrue();
        Await.until("the status is down", () -> restarted.status().state().equals("down"));
        assertThat(restarted.hasMember("testers", "alice")).isTrue();
    }

    @Test
    void doesNotDownloadACohortOnDiskAgainAfterARestart() {
        AtomicInteger downloads = new AtomicInteger();
        conditional("testers", new AtomicLong(5), downloads);
        node().start(targeting("testers")).close();
        nodes.clear();

        CohortNode restarted = node().start(targeting("testers"));
        int before = upstream.requests(PATH).size();

        Await.until("it is polled", () -> upstream.requests(PATH).size() > before + 1);
        assertThat(downloads).hasValue(1);
        assertThat(restarted.hasMember("testers", "alice")).isTrue();
        assertThat(restarted.status().state()).isEqualTo("up");
    }

    @Test
    void followersFetchFromTheLeaderAndTakeOverWithoutADownload() {
        AtomicInteger downloads = new AtomicInteger();
        AtomicLong version = new AtomicLong(5);
        conditional("testers", version, downloads);
        CohortNode first = node("first", settings(INTERVAL, INTERVAL), MAX_MEMBERS, directory.resolve("first"))
                .start(targeting("testers"));
        CohortNode second = node("second", settings(INTERVAL, INTERVAL), MAX_MEMBERS, directory.resolve("second"))
                .start(targeting("testers"));
        Await.until("the follower has the members", () -> second.hasMember("testers", "alice"));

        leader.set("second");
        int before = upstream.requests(PATH).size();
        Await.until("the new leader polls", () -> upstream.requests(PATH).size() > before + 3);
        assertThat(downloads).hasValue(1);
        Await.until("the new leader is up", () -> second.status().state().equals("up"));

        version.set(6);
        Await.until("both nodes have the change", () -> Stream.of(first, second)
                .map(node -> node.find("testers"))
                .allMatch(cohort -> cohort != null && cohort.lastModified() == 6));
        assertThat(downloads).hasValue(2);
    }

    @Test
    void dropsACohortThatIsNoLongerTargetedAfterAGracePeriod() {
        upstream.answer(PATH + "testers", 200, cohort("testers", 5, List.of("alice")));
        CohortNode node = node().start(targeting("testers"));

        long start = System.nanoTime();
        node.serve("{\"flags\": [], \"deployments\": []}");

        Await.until("the cohort is gone", () -> node.find("testers") == null);
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(CohortNode.GRACE.toNanos());
    }

    @Test
    void secretsAppearInNoLogLineAndNoStatus() {
        upstream.answer(PATH + "testers", 401, "");
        try (LogLines lines = new LogLines(UpstreamCohorts.class)) {
            CohortNode node = node().start(targeting("testers"));

            Await.until("the failure is logged", () -> !lines.all().isEmpty());

            assertThat(lines.all())
                    .noneMatch(line ->
                            line.contains(UpstreamSettings.API_KEY) || line.contains(UpstreamSettings.SECRET_KEY));
            assertThat(node.status().reason()).doesNotContain(UpstreamSettings.API_KEY, UpstreamSettings.SECRET_KEY);
        }
    }

    private static String[] ids(int count) {
        return IntStream.range(0, count).mapToObj(i -> "cohort-" + i).toArray(String[]::new);
    }

    private void awaitProblem(CohortNode node, String text) {
        Await.value("status", node::status, status -> String.valueOf(status.reason())
                .contains(text));
    }

    /** Declares more than it sends. */
    private static void breakOff(HttpServerRequest request) {
        HttpServerResponse response = request.response().putHeader("Content-Length", "1000");
        response.write("{\"memberIds\":[")
                .onComplete(sent -> request.connection().close());
    }

    private static void sendWithoutEnd(HttpServerResponse response, Buffer piece, AtomicLong sent) {
        response.write(piece).onSuccess(done -> {
            sent.addAndGet(piece.length());
            sendWithoutEnd(response, piece, sent);
        });
    }

    /** Answers 204 to the present {@code lastModified}, and counts the other answers. */
    private void conditional(String id, AtomicLong version, AtomicInteger downloads) {
        upstream.on(PATH + id, request -> {
            String present = String.valueOf(version.get());
            if (present.equals(request.getParam("lastModified"))) {
                request.response().setStatusCode(204).end();
            } else {
                downloads.incrementAndGet();
                request.response().end(cohort(id, version.get(), List.of("alice")));
            }
        });
    }

    private static String user(HttpServerRequest request) {
        String header = request.getHeader("Authorization").substring("Basic ".length());
        return new String(Base64.getDecoder().decode(header), StandardCharsets.UTF_8).split(":", 2)[0];
    }

    private static List<Path> filesIn(Path dataDir) {
        Path cohorts = dataDir.resolve("cohorts");
        if (!Files.exists(cohorts)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(cohorts)) {
            return files.toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private CohortNode node() {
        return node(settings(INTERVAL, INTERVAL));
    }

    private CohortNode node(Upstream settings) {
        return node("first", settings, MAX_MEMBERS, directory);
    }

    private CohortNode node(String name, Upstream settings, int maxMembers, Path dataDir) {
        CohortNode node = new CohortNode(vertx, name, leader::get, settings, maxMembers, dataDir);
        nodes.add(node);
        return node;
    }

    private Upstream settings(Duration interval, Duration maxBackoff) {
        return settings(interval, maxBackoff, UpstreamSettings.unnamed());
    }

    private Upstream settings(Duration interval, Duration maxBackoff, Upstream.Project... projects) {
        URI url = upstream.url();
        return new Upstream(
                List.of(projects),
                url,
                null,
                url,
                url,
                true,
                interval,
                interval,
                interval,
                Integer.MAX_VALUE,
                Duration.ofSeconds(10),
                8,
                maxBackoff,
                Duration.ofMinutes(10));
    }

    private static String cohort(String id, long lastModified, List<String> members) {
        return new JsonObject()
                .put("cohortId", id)
                .put("groupType", "User")
                .put("groupTypeId", 0)
                .put("lastComputed", lastModified)
                .put("lastModified", lastModified)
                .put("size", members.size())
                .put("memberIds", new JsonArray(members))
                .encode();
    }

    private static String targeting(String... ids) {
        return document(new JsonObject()
                .put("selector", new JsonArray(List.of("context", "user", "cohort_ids")))
                .put("op", "set contains any")
                .put("values", new JsonArray(List.of(ids)))
                .encode());
    }

    private static String document(String conditions) {
        return """
                {"flags": [{"key": "flag", "variants": {"on": {"key": "on", "value": "on"}},
                            "segments": [{"conditions": [[%s]], "variant": "on"}]}],
                 "deployments": [{"key": "server-key", "label": "server", "type": "server", "flags": ["*"]}]}""".formatted(conditions);
    }
}
