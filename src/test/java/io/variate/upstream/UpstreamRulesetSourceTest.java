package io.variate.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.config.Secret;
import io.variate.config.Upstream;
import io.variate.observability.MetricNames;
import io.variate.rulesets.document.Deployment;
import io.variate.rulesets.document.RowReader;
import io.variate.rulesets.rows.ProjectRows;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RulesetReading;
import io.variate.rulesets.rows.RulesetRows;
import io.variate.testing.Await;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UpstreamRulesetSourceTest {
    private static final String FLAGS = "/sdk/v2/flags";
    private static final String DEPLOYMENTS = "/api/1/deployments";
    private static final String STREAM = "/sdk/stream/v1/flags";
    private static final String PROJECT_AUTHORIZATION = "X-Variate-Project-Authorization";
    private static final Duration INTERVAL = Duration.ofMillis(30);
    private static final Duration NEVER = Duration.ofHours(1);

    private final Vertx vertx = Vertx.vertx();
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final List<UpstreamRulesetSource> sources = new ArrayList<>();
    private StandInServer server;
    private Duration interval = INTERVAL;
    private Duration timeout = Duration.ofSeconds(5);
    private boolean streams;
    private boolean remoteFlags = true;
    private List<Upstream.Project> projects = List.of(UpstreamSettings.unnamed());

    /** As the node serves it. */
    private @Nullable RulesetRows served;

    @BeforeEach
    void start() {
        server = new StandInServer(vertx);
        serveDeployments("{\"id\":1,\"projectId\":7,\"key\":\"server-one\",\"label\":\"one\",\"deleted\":false}");
        serveFlags(flag("a", 1));
    }

    @AfterEach
    void stop() {
        sources.forEach(source -> source.close().await());
        vertx.close().await();
    }

    private UpstreamRulesetSource source() {
        return source(NEVER);
    }

    private UpstreamRulesetSource source(Duration abandonAfter) {
        URI url = server.url();
        Upstream settings = new Upstream(
                projects,
                url,
                streams ? url : null,
                url,
                url,
                remoteFlags,
                interval,
                interval,
                interval,
                Integer.MAX_VALUE,
                timeout,
                8,
                INTERVAL,
                Duration.ofMinutes(10));
        UpstreamRulesetSource source = new UpstreamRulesetSource(
                vertx,
                settings,
                new UpstreamClient(vertx, settings),
                new UpstreamStatus(metrics, Duration.ofMinutes(10), Clock.systemUTC()),
                new FlagStream.Timing(Duration.ofMillis(300), INTERVAL, INTERVAL),
                abandonAfter);
        sources.add(source);
        return source;
    }

    private static Upstream.Project withKeys(String project, String... keys) {
        return new Upstream.Project(
                project,
                null,
                null,
                null,
                null,
                List.of(keys).stream().map(Secret::new).toList());
    }

    private void serveDeployments(String... deployments) {
        server.answer(DEPLOYMENTS, 200, "{\"deployments\":[" + String.join(",", deployments) + "]}");
    }

    private void serveFlags(String... flags) {
        server.answer(FLAGS, 200, array(flags));
    }

    private static String array(String... flags) {
        return "[" + String.join(",", flags) + "]";
    }

    /** Answers by the key of the deployment and {@code eval_mode}. */
    private void serveFlagsBy(Map<String, String> bodies) {
        server.on(FLAGS, request -> {
            String key =
                    Objects.requireNonNull(request.getHeader("Authorization")).substring("Api-Key ".length());
            String body = bodies.get(key + (Objects.toString(request.query()).contains("eval_mode") ? " remote" : ""));
            request.response().setStatusCode(body == null ? 500 : 200).end(body == null ? "" : body);
        });
    }

    private static String flag(String key, long version) {
        return flag(key, "\"flagVersion\":" + version, "\"on\"");
    }

    private static String flag(String key, String metadata, String variant) {
        return "{\"key\":\"" + key + "\",\"metadata\":{" + metadata + "},\"segments\":[{\"variant\":" + variant
                + "}],\"variants\":{\"on\":{\"key\":\"on\"},\"off\":{\"key\":\"off\"}}}";
    }

    private static String stub(String key) {
        return "{\"key\":\"" + key + "\",\"metadata\":{\"evaluationMode\":\"remote\",\"flagVersion\":9},\"segments\":"
                + "[{\"metadata\":{\"segmentName\":\"default\"},\"variant\":\"off\"}],\"variants\":{}}";
    }

    /** Reads like a node does. */
    private RulesetReading read(UpstreamRulesetSource source) {
        RulesetReading reading = source.readSince(served).await();
        if (reading instanceof RulesetReading.Whole whole) {
            served = served == null ? whole.rows() : whole.rows().sharing(served);
        }
        return reading;
    }

    private ProjectRows project(String key) {
        return Objects.requireNonNull(Objects.requireNonNull(served).rows().project(key));
    }

    private List<String> flags() {
        return project("").flags().stream().map(row -> row.key().key()).toList();
    }

    private String definition(String flag) {
        return project("").flags().stream()
                .filter(row -> row.key().key().equals(flag))
                .map(Row::definition)
                .collect(Collectors.joining());
    }

    private Map<String, Deployment> deployments(String project) {
        RowReader reader = new RowReader(new ArrayList<>());
        return project(project).deployments().stream()
                .map(row -> Objects.requireNonNull(reader.deployment(row)))
                .collect(Collectors.toMap(Deployment::key, deployment -> deployment));
    }

    private Deployment deployment(String project, String key) {
        return Objects.requireNonNull(deployments(project).get(key));
    }

    private long number() {
        return Objects.requireNonNull(served).revision().number();
    }

    private boolean isUp(UpstreamRulesetSource source) {
        try {
            read(source);
            return true;
        } catch (UpstreamException e) {
            return false;
        }
    }

    private void awaitDefinition(UpstreamRulesetSource source, String flag, String part) {
        Await.until(
                flag + " has " + part, () -> isUp(source) && definition(flag).contains(part));
    }

    @Test
    void servesTheFlagsOfEachDeployment() {
        serveDeployments(
                "{\"id\":\"1\",\"projectId\":\"7\",\"key\":\"server-one\",\"label\":\"one\"}",
                "{\"id\":2,\"projectId\":7,\"key\":\"client-two\",\"label\":\"two\"}");
        serveFlagsBy(Map.of(
                "server-one",
                array(flag("a", 1), flag("b", 1)),
                "server-one remote",
                "[]",
                "client-two",
                array(flag("b", 1), flag("p", "\"deployed\":false", "\"on\"")),
                "client-two remote",
                "[]"));

        read(source());

        assertThat(flags()).containsExactly("a", "b", "p");
        assertThat(deployment("", "server-one").flags()).containsExactly("a", "b");
        assertThat(deployment("", "client-two").flags()).containsExactly("b");
        assertThat(deployment("", "client-two").type()).isEqualTo(Deployment.Type.CLIENT);
        assertThat(deployment("", "client-two").label()).isEqualTo("two");
        assertThat(server.requests(DEPLOYMENTS).get(0).header("Authorization"))
                .isEqualTo("Bearer " + UpstreamSettings.MANAGEMENT_KEY);
    }

    @Test
    void readsAllPagesWithoutDeletedDeployments() {
        server.on(DEPLOYMENTS, request -> {
            String cursor = request.getParam("cursor");
            request.response()
                    .end(
                            cursor == null
                                    ? "{\"deployments\":[{\"key\":\"server-one\",\"label\":\"one\"}],\"nextCursor\":1000}"
                                    : "{\"deployments\":[{\"key\":\"server-two\",\"label\":\"two\"},"
                                            + "{\"key\":\"server-gone\",\"label\":\"gone\",\"deleted\":true}],"
                                            + "\"nextCursor\":null}");
        });

        read(source());

        assertThat(deployments("").keySet()).containsExactlyInAnyOrder("server-one", "server-two");
    }

    @Test
    void followsTheProjectsOfTheSettings() {
        projects = List.of(
                new Upstream.Project("", null, null, new Secret("m"), "7", List.of()),
                new Upstream.Project(
                        "mobile", new Secret("api"), new Secret("sec"), null, null, List.of(new Secret("server-m"))));
        serveDeployments(
                "{\"projectId\":7,\"key\":\"server-one\",\"label\":\"one\"}",
                "{\"projectId\":8,\"key\":\"server-two\",\"label\":\"two\"}");

        read(source());

        assertThat(deployments("").keySet()).containsExactly("server-one");
        assertThat(deployment("mobile", "server-m").label()).isEqualTo(FollowedDeployment.label("server-m"));
        assertThat(Objects.requireNonNull(project("mobile").project()).definition())
                .contains("api")
                .contains("sec");
    }

    @Test
    void removesADeploymentThatLeavesTheList() {
        UpstreamRulesetSource source = source();
        serveDeployments("{\"key\":\"server-one\",\"label\":\"one\"}", "{\"key\":\"server-two\",\"label\":\"two\"}");
        read(source);
        serveDeployments("{\"key\":\"server-two\",\"label\":\"two\"}");

        Await.until("the deployment is removed", () -> {
            read(source);
            return deployments("").keySet().equals(Set.of("server-two"));
        });
    }

    @Test
    void servesRulesOfRemoteFlagsInsteadOfStubs() {
        serveFlagsBy(Map.of(
                "server-one", array(stub("r"), flag("a", 1)),
                "server-one remote", array(flag("r", "\"evaluationMode\":\"remote\"", "\"on\""))));

        read(source());

        assertThat(flags()).containsExactly("a", "r");
        assertThat(definition("r")).contains("\"variant\":\"on\"");
    }

    @Test
    void keepsStubsIfRemoteFlagsAreOff() {
        remoteFlags = false;
        serveFlagsBy(Map.of("server-one", array(stub("r"))));

        read(source());

        assertThat(definition("r")).contains("default");
        assertThat(server.requests(FLAGS)).noneMatch(request -> request.target().contains("eval_mode"));
    }

    @Test
    void sendsTheProjectCredentialsToAnotherVariateOnlyForRemoteFlags() {
        server.on(FLAGS, request -> request.response()
                .putHeader("X-Variate-Revision", "42")
                .end(array(flag("a", 1))));

        read(source());

        assertThat(server.requests(FLAGS))
                .filteredOn(request -> request.header(PROJECT_AUTHORIZATION) != null)
                .isNotEmpty()
                .allMatch(request -> request.target().contains("eval_mode=remote"))
                .allMatch(request -> Objects.requireNonNull(request.header(PROJECT_AUTHORIZATION))
                        .startsWith("Basic "));
        assertThat(server.requests(FLAGS).get(0).header(PROJECT_AUTHORIZATION))
                .as("before the upstream is known")
                .isNull();
    }

    @Test
    void sendsNoProjectCredentialsToAmplitude() {
        UpstreamRulesetSource source = source();
        read(source);
        Await.until("several polls", () -> server.requests(FLAGS).size() > 6);

        assertThat(server.requests(FLAGS)).allMatch(request -> request.header(PROJECT_AUTHORIZATION) == null);
    }

    @ParameterizedTest
    @ValueSource(strings = {"9223372036854775807", "9007199254740993", "-1", "x"})
    void ignoresARevisionThatNoRulesetHas(String revision) {
        server.on(FLAGS, request -> request.response()
                .putHeader("X-Variate-Revision", revision)
                .end(array(flag("a", 1))));

        read(source());

        assertThat(number()).isEqualTo(1);
    }

    @Test
    void oneDeploymentThatDoesNotAnswerDelaysTheOthersByTheTimeoutOnly() {
        timeout = Duration.ofMillis(500);
        projects = List.of(withKeys("", "server-one", "server-two"));
        server.on(FLAGS, request -> {
            HttpServerResponse response = request.response();
            if ("Api-Key server-two".equals(request.getHeader("Authorization"))) {
                response.setChunked(true).write("[");
                vertx.setPeriodic(50, tick -> response.write(" "));
            } else {
                response.end(array(flag("a", 1)));
            }
        });
        UpstreamRulesetSource source = source();

        read(source);

        assertThat(flags()).containsExactly("a");
        serveFlags(flag("a", 2));
        Await.until("a later change", () -> {
            read(source);
            return definition("a").contains(":2");
        });
    }

    @Test
    void servesNothingWhileNoDeploymentHasAnswered() {
        timeout = Duration.ofMillis(200);
        server.on(FLAGS, request -> request.response().setChunked(true).write("["));
        UpstreamRulesetSource source = source();

        UpstreamException failure = catchThrowableOfType(UpstreamException.class, () -> read(source));

        assertThat(failure).isNotNull();
        assertThat(served).isNull();
    }

    @Test
    void readsAFloodOfEventsAsFew() {
        AtomicInteger latest = new AtomicInteger(1);
        // A slow machine may miss a keep-alive: then the next stream begins with the latest flags, as a server's does.
        List<HttpServerResponse> open =
                serveStream(response -> response.write("data: " + array(flag("a", latest.get())) + "\n\n"));
        UpstreamRulesetSource source = source();
        read(source);
        Await.until("the stream is open", () -> !open.isEmpty());
        int before = server.requests(FLAGS).size();
        for (int version = 2; version <= 500; version++) {
            latest.set(version);
            open.get(0).write("data: " + array(flag("a", version)) + "\n\n");
        }

        Await.until("the last event is read", () -> {
            read(source);
            return definition("a").contains(":500");
        });

        assertThat(server.requests(FLAGS).size() - before).isLessThan(20);
    }

    @Test
    void servesTheHigherVersionOfAFlag() {
        projects = List.of(withKeys("", "server-one", "server-two"));
        serveFlagsBy(Map.of(
                "server-one",
                array(flag("a", 2)),
                "server-one remote",
                "[]",
                "server-two",
                array(flag("a", 10)),
                "server-two remote",
                "[]"));

        read(source());

        assertThat(definition("a")).contains("\"flagVersion\":10");
    }

    @Test
    void requestsConditionallyAndKeepsUnchangedRows() {
        server.on(FLAGS, request -> {
            boolean known = "\"tag\"".equals(request.getHeader("If-None-Match"));
            HttpServerResponse response = request.response().putHeader("ETag", "\"tag\"");
            if (known) {
                response.setStatusCode(304).end();
            } else {
                response.end(array(flag("a", 1)));
            }
        });
        UpstreamRulesetSource source = source();
        read(source);
        Await.until("a conditional request", () -> server.requests(FLAGS).stream()
                .anyMatch(request -> request.header("If-None-Match") != null));

        assertThat(read(source)).isInstanceOf(RulesetReading.Unchanged.class);
    }

    @Test
    void sharesTheRowsOfUnchangedFlags() {
        UpstreamRulesetSource source = source();
        serveFlags(flag("a", 1), flag("b", 1));
        read(source);
        Row before = project("").flags().get(0);
        serveFlags(flag("a", 1), flag("b", 2));
        awaitDefinition(source, "b", "\"flagVersion\":2");

        assertThat(project("").flags().get(0)).isSameAs(before);
        assertThat(number()).isEqualTo(2);
    }

    @Test
    void leavesOutAFlagThatCannotBeRead() {
        serveFlags(flag("a", 1), "{\"key\":\"bad\"}", "7", flag("b", 1));

        read(source());

        assertThat(flags()).containsExactly("a", "b");
        assertThat(metrics.get(MetricNames.UPSTREAM_FLAGS_LEFT_OUT).gauge().value())
                .isPositive();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "200|[{\"key\":\"a\",",
                "200|<html>not found</html>",
                "200|{\"flags\":[]}",
                "401|unauthorized",
                "403|[]",
                "429|[]",
                "500|[]",
                "302|[]"
            })
    void keepsWhatIsServedIfTheAnswerIsWrong(int status, String body) {
        UpstreamRulesetSource source = source();
        read(source);
        RulesetRows before = served;
        server.answer(FLAGS, status, body);

        Await.until("the source is down", () -> !isUp(source));

        assertThat(served).isSameAs(before);
        serveFlags(flag("a", 2));
        awaitDefinition(source, "a", "\"flagVersion\":2");
    }

    @Test
    void keepsWhatIsServedIfThousandsOfElementsAreNoFlags() {
        UpstreamRulesetSource source = source();
        read(source);
        server.answer(FLAGS, 200, "[" + "0,".repeat(2_000) + "0]");

        Await.until("the answer is refused", () -> {
            try {
                read(source);
                return false;
            } catch (UpstreamException e) {
                return true;
            }
        });

        assertThat(flags()).containsExactly("a");
    }

    @Test
    void servesAnEmptySet() {
        UpstreamRulesetSource source = source();
        read(source);
        serveFlags();

        Await.until("the set is empty", () -> {
            read(source);
            return flags().isEmpty();
        });
    }

    @Test
    void keepsTheRowsOfDeploymentsThatWereNotFetched() {
        serveDeployments("{\"key\":\"server-one\",\"label\":\"one\"}", "{\"key\":\"server-two\",\"label\":\"two\"}");
        serveFlagsBy(Map.of(
                "server-one",
                array(flag("a", 1)),
                "server-one remote",
                "[]",
                "server-two",
                array(flag("b", 1)),
                "server-two remote",
                "[]"));
        read(source());
        server.answer(DEPLOYMENTS, 500, "");
        serveFlagsBy(Map.of("server-one", array(flag("a", 2)), "server-one remote", "[]"));
        UpstreamRulesetSource restarted = source();

        awaitDefinition(restarted, "a", "\"flagVersion\":2");

        assertThat(flags()).containsExactly("a", "b");
        assertThat(deployment("", "server-two").flags()).containsExactly("b");
    }

    @Test
    void failsWithoutSecretsIfNothingCanBeReached() {
        server.answer(DEPLOYMENTS, 401, "");

        UpstreamException failure = catchThrowableOfType(
                UpstreamException.class, () -> source().readSince(null).await());

        assertThat(failure.status()).isEqualTo(401);
        assertThat(failure.toString()).doesNotContain(UpstreamSettings.MANAGEMENT_KEY);
    }

    @Test
    void stopsPollingSoonAfterTheLastReading() {
        UpstreamRulesetSource source = source(Duration.ofMillis(200));
        read(source);
        Await.until("polling stops", () -> {
            int before = server.requests("/").size();
            vertx.timer(150, TimeUnit.MILLISECONDS).await();
            return server.requests("/").size() == before;
        });
        serveFlags(flag("a", 2));

        awaitDefinition(source, "a", "\"flagVersion\":2");
    }

    @Test
    void waitsAsLongAsTheUpstreamAsks() {
        interval = NEVER;
        server.on(FLAGS, request -> request.response()
                .setStatusCode(429)
                .putHeader("Retry-After", "1")
                .end());
        assertThat(catchThrowableOfType(UpstreamException.class, () -> source().readSince(null)
                                .await())
                        .retryAfter())
                .isEqualTo(Duration.ofSeconds(1));
    }

    /** Streams whose events a test sends. */
    private List<HttpServerResponse> serveStream(Consumer<HttpServerResponse> onConnect) {
        List<HttpServerResponse> open = new CopyOnWriteArrayList<>();
        streams = true;
        interval = NEVER;
        server.on(STREAM, (HttpServerRequest request) -> {
            HttpServerResponse response = request.response();
            response.setChunked(true).putHeader("Content-Type", "text/event-stream; charset=utf-8");
            onConnect.accept(response);
            open.add(response);
        });
        return open;
    }

    @Test
    void followsTheStream() {
        AtomicReference<String> event = new AtomicReference<>("data: " + array(flag("a", 1)) + "\n\n");
        List<HttpServerResponse> open = serveStream(response -> response.write(event.get()));
        UpstreamRulesetSource source = source();
        List<String> calls = new CopyOnWriteArrayList<>();
        source.watch(() -> calls.add("change"));
        read(source);
        Await.until("the stream is open", () -> !open.isEmpty());
        calls.clear();
        String changed = "data: " + array(flag("a", 2)) + "\n\n";
        event.set(changed);
        serveFlags(flag("a", 2));
        open.get(0).write(changed.substring(0, 20));
        open.get(0).write(changed.substring(20));

        Await.until("the source reports the change", () -> !calls.isEmpty());
        awaitDefinition(source, "a", "\"flagVersion\":2");
    }

    @Test
    void reconnectsAfterSilence() {
        List<HttpServerResponse> open = serveStream(response -> response.write("data:  \n\n"));

        read(source());

        Await.until("a second connection", () -> open.size() > 1);
    }

    @Test
    void keepAlivesKeepTheStreamOpen() {
        List<HttpServerResponse> open = serveStream(response -> {
            response.write("data:  \n\n");
            vertx.setPeriodic(50, tick -> response.write("data:  \n\n"));
        });
        UpstreamRulesetSource source = source();
        read(source);
        vertx.timer(600, TimeUnit.MILLISECONDS).await();

        assertThat(open).hasSize(1);
    }

    @Test
    void retriesAStreamThatTheUpstreamDoesNotHave() {
        streams = true;

        read(source());

        Await.until("a second attempt", () -> server.requests(STREAM).size() > 1);
        assertThat(flags()).containsExactly("a");
    }

    @Test
    void keepsTheRevisionOfAnotherVariate() {
        server.on(FLAGS, request -> request.response()
                .putHeader("X-Variate-Revision", "42")
                .end(array(flag("a", 1))));

        read(source());

        assertThat(number()).isEqualTo(42);
    }

    @Test
    void publishesOneRevisionOfAnotherVariate() {
        projects = List.of(withKeys("", "server-one", "server-two"));
        interval = NEVER;
        server.on(FLAGS, request -> {
            boolean behind = "Api-Key server-two".equals(request.getHeader("Authorization"))
                    && server.requests(FLAGS).size() < 8;
            request.response()
                    .putHeader("X-Variate-Revision", behind ? "41" : "42")
                    .end(array(flag("a", behind ? 1 : 2)));
        });
        UpstreamRulesetSource source = source();

        Await.until("a ruleset", () -> {
            read(source);
            return served != null;
        });

        assertThat(number()).isEqualTo(42);
    }

    /** Another Variate with exact flags, whose state a test changes. */
    private void serveExactly(AtomicReference<String> revision, AtomicReference<String> flags) {
        server.on(FLAGS, request -> answerExactly(request, revision, flags));
    }

    private static void answerExactly(
            HttpServerRequest request, AtomicReference<String> revision, AtomicReference<String> flags) {
        String key = Objects.requireNonNull(request.getHeader("Authorization")).substring("Api-Key ".length());
        request.response()
                .putHeader("X-Variate-Revision", revision.get())
                .end("{\"deployment\":{\"key\":\"" + key
                        + "\",\"label\":\"exact\",\"type\":\"client\",\"zone\":\"eu\",\"flags\":[\"a\"],"
                        + "\"cacheSeconds\":7},\"flags\":" + flags.get() + "}");
    }

    @Test
    void requestsOneSetOfAnotherVariate() {
        serveExactly(new AtomicReference<>("42"), new AtomicReference<>(array(flag("a", 1), flag("b", 1))));

        read(source());

        assertThat(number()).isEqualTo(42);
        assertThat(deployment("", "server-one"))
                .isEqualTo(new Deployment(
                        "server-one", "exact", Deployment.Type.CLIENT, null, List.of("a"), 7, false, false));
        assertThat(flags()).containsExactly("a", "b");
        assertThat(server.requests(FLAGS)).allMatch(request -> request.target().contains("eval_mode=remote"));
    }

    @Test
    void servesExactFlagsThatLookLikeStubs() {
        String lookalike = stub("a").replace("}]", "}],\"dependencies\":[\"b\"]");
        serveExactly(
                new AtomicReference<>("42"),
                new AtomicReference<>(array(lookalike, flag("b", "\"deployed\":false", "7"))));

        read(source());

        assertThat(definition("a")).contains("\"default\"");
        assertThat(deployment("", "server-one").flags()).containsExactly("a");
    }

    @Test
    void keepsTheNumberOfThePreviousLeaderOfTheCluster() {
        serveExactly(new AtomicReference<>("42"), new AtomicReference<>(array(flag("a", 1))));
        read(source());

        assertThat(read(source())).isInstanceOf(RulesetReading.Unchanged.class);
        assertThat(number()).isEqualTo(42);
    }

    @Test
    void doesNotServeOlderFlagsOfAnUpstreamThatIsBehindForAMoment() {
        AtomicReference<String> revision = new AtomicReference<>("42");
        AtomicReference<String> flags = new AtomicReference<>(array(flag("a", 2)));
        serveExactly(revision, flags);
        UpstreamRulesetSource source = source();
        read(source);
        revision.set("41");
        flags.set(array(flag("a", 1)));
        int before = server.requests(FLAGS).size();
        Await.until("two polls of the old revision", () -> {
            read(source);
            return server.requests(FLAGS).size() > before + 2;
        });
        assertThat(definition("a")).contains("\"flagVersion\":2");
        revision.set("43");
        flags.set(array(flag("a", 3)));

        awaitDefinition(source, "a", "\"flagVersion\":3");

        assertThat(number()).isEqualTo(43);
    }

    @Test
    void followsAnUpstreamThatWasRestoredToALowerRevision() {
        AtomicReference<String> revision = new AtomicReference<>("42");
        AtomicReference<String> flags = new AtomicReference<>(array(flag("a", 2)));
        serveExactly(revision, flags);
        UpstreamRulesetSource source = source();
        read(source);
        revision.set("7");
        flags.set(array(flag("a", 1)));

        awaitDefinition(source, "a", "\"flagVersion\":1");

        assertThat(number()).isEqualTo(43);
    }

    @Test
    void doesNotInventARevisionForADeploymentThatLeavesTheListBeforeItsFlagsAreRead() {
        serveDeployments("{\"key\":\"server-one\",\"label\":\"one\"}", "{\"key\":\"server-two\",\"label\":\"two\"}");
        AtomicReference<String> revision = new AtomicReference<>("42");
        AtomicReference<String> flags = new AtomicReference<>(array(flag("a", 1)));
        serveExactly(revision, flags);
        UpstreamRulesetSource source = source();
        read(source);
        List<HttpServerRequest> held = new CopyOnWriteArrayList<>();
        server.on(FLAGS, held::add);
        AtomicInteger shortened = new AtomicInteger();
        server.on(DEPLOYMENTS, request -> {
            // A second request shows that the source has read the answer to the first.
            if (shortened.incrementAndGet() == 2) {
                revision.set("43");
                serveExactly(revision, flags);
                held.forEach(each -> answerExactly(each, revision, flags));
            }
            request.response().end("{\"deployments\":[{\"key\":\"server-two\",\"label\":\"two\"}]}");
        });

        Await.until("the deployment is removed", () -> {
            read(source);
            return deployments("").keySet().equals(Set.of("server-two"));
        });

        assertThat(number()).isEqualTo(43);
    }

    @Test
    void doesNotWaitForADeploymentThatTheUpstreamRejects() {
        projects = List.of(withKeys("", "server-one", "server-two"));
        AtomicReference<String> revision = new AtomicReference<>("42");
        server.on(FLAGS, request -> {
            boolean isRejected =
                    "Api-Key server-two".equals(request.getHeader("Authorization")) && !"42".equals(revision.get());
            request.response()
                    .setStatusCode(isRejected ? 401 : 200)
                    .putHeader("X-Variate-Revision", revision.get())
                    .end(array(flag("a", Long.parseLong(Objects.requireNonNull(revision.get())))));
        });
        UpstreamRulesetSource source = source();
        read(source);
        revision.set("43");

        awaitDefinition(source, "a", "\"flagVersion\":43");

        assertThat(number()).isEqualTo(43);
    }
}
