package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.harness.JarNode;
import io.variate.it.harness.LedgerMetrics;
import io.variate.it.harness.Neighbours;
import io.variate.it.harness.NodeSettings;
import io.variate.it.harness.RecordingProxy;
import io.variate.it.harness.RecordingProxy.Exchange;
import io.variate.it.harness.SdkRuleset;
import io.variate.it.harness.SdkScript;
import io.variate.testing.Await;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Amplitude's SDK for Node, as npm serves it, in front of a node. */
class NodeSdkIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String STREAM = "/sdk/stream/v1/flags";
    private static final String AWKWARD = "ü?>~";
    private static final JsonObject ANN =
            new JsonObject().put("user_id", "ann").put("device_id", "ann-phone").put("country", AWKWARD);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    private static final String TOPIC = Neighbours.unique("node_sdk");

    @SuppressWarnings("NullAway.Init")
    private static JarNode node;

    @SuppressWarnings("NullAway.Init")
    private RecordingProxy proxy;

    @BeforeAll
    static void start() {
        node = JarNode.start(NodeSettings.of(directory, "node")
                .set("postgres.uri", Neighbours.database())
                .set("kafka.bootstrap-servers", Neighbours.kafka().bootstrapServers())
                .set("kafka.topic", TOPIC)
                .set("project.api-key", SdkRuleset.API_KEY)
                .set("project.secret-key", SdkRuleset.SECRET_KEY)
                .set("evaluation.timeout", "10s")
                .set("admin.token", JarNode.TOKEN));
        node.awaitReady();
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @BeforeEach
    void listen() {
        proxy = RecordingProxy.before(node.httpPort());
        node.putRuleset(greetings("remote").encode());
    }

    private static JsonObject greetings(String evaluationMode) {
        return SdkRuleset.document(
                SdkRuleset.flag("greeting", evaluationMode, SdkRuleset.is("country", AWKWARD)),
                SdkRuleset.flag("farewell", evaluationMode, SdkRuleset.is("country", "nowhere")));
    }

    @AfterEach
    void hangUp() {
        proxy.close();
    }

    @Test
    void fetchesVariantsOfAUserWhoseHeaderNeedsTheUrlSafeAlphabet() {
        JsonObject variants = remote(call("fetchV2", ANN)).getJsonObject("variants");

        assertThat(variants.fieldNames()).containsExactlyInAnyOrder("greeting", "farewell");
        assertThat(variants.getJsonObject("greeting").getString("key")).isEqualTo("on");
        assertThat(variants.getJsonObject("greeting").getString("value")).isEqualTo("on");
        assertThat(variants.getJsonObject("greeting").getJsonObject("metadata").getString("segmentName"))
                .isEqualTo("Chosen");
        assertThat(proxy.exchanges("/sdk/v2/vardata")).singleElement().satisfies(exchange -> assertThat(
                        exchange.requestHeaders())
                .containsPattern("X-Amp-Exp-User: \\S*[-_]"));
    }

    @Test
    void getsOffVariantsFromFetchV2ButNotFromFetch() {
        JsonObject nobody = new JsonObject();

        JsonObject second = remote(call("fetchV2", nobody)).getJsonObject("variants");
        JsonObject first = remote(call("fetch", nobody)).getJsonObject("variants");

        assertThat(second.getJsonObject("greeting").getString("key")).isEqualTo("off");
        assertThat(second.getJsonObject("greeting").containsKey("value")).isFalse();
        assertThat(second.getJsonObject("greeting").getJsonObject("metadata").getBoolean("default"))
                .isTrue();
        assertThat(first).isEmpty();
    }

    @Test
    void getsTheFlagsItAsksForAndNothingForUnknownOnes() {
        JsonObject options = new JsonObject().put("flagKeys", JsonArray.of("greeting", "unknown"));

        JsonObject variants = remote(call("fetchV2", ANN, options)).getJsonObject("variants");

        assertThat(variants.fieldNames()).containsExactly("greeting");
    }

    @Test
    void getsAllFlagsForAnEmptyListOfKeys() {
        JsonObject options = new JsonObject().put("flagKeys", new JsonArray());

        JsonObject variants = remote(call("fetchV2", ANN, options)).getJsonObject("variants");

        assertThat(variants.fieldNames()).containsExactlyInAnyOrder("greeting", "farewell");
    }

    @Test
    void choosesWhatIsTracked() {
        JsonObject both = new JsonObject().put("tracksAssignment", true).put("tracksExposure", true);
        JsonObject neither = new JsonObject().put("tracksAssignment", false).put("tracksExposure", false);
        LedgerMetrics before = LedgerMetrics.of(node);

        remote(call("fetchV2", user("tracked").put("country", AWKWARD), both));
        LedgerMetrics tracked = LedgerMetrics.of(node);
        remote(call("fetchV2", user("untracked"), neither));
        LedgerMetrics untracked = LedgerMetrics.of(node);

        assertThat(tracked.evaluated() - before.evaluated()).isEqualTo(1);
        assertThat(tracked.exposures() - before.exposures()).isEqualTo(1);
        assertThat(tracked.untracked() - before.untracked()).isZero();
        assertThat(untracked.exposures() - tracked.exposures()).isZero();
        assertThat(untracked.untracked() - tracked.untracked()).isEqualTo(1);
    }

    @Test
    void doesNotRetryWithAnInvalidKey() {
        JsonObject line = SdkScript.run(
                        "node-remote.mjs",
                        new JsonObject()
                                .put("url", proxy.url())
                                .put("key", "server-unknown")
                                .put("calls", JsonArray.of(call("fetchV2", ANN))))
                .get(0);

        assertThat(line.getInteger("status")).isEqualTo(401);
        assertThat(proxy.exchanges()).hasSize(1);
    }

    @Test
    void fetchesForAUserOfThirtyKilobytes() {
        JsonObject large = ANN.copy().put("user_properties", new JsonObject().put("note", "n".repeat(30_000)));

        JsonObject variants = remote(call("fetchV2", large)).getJsonObject("variants");

        assertThat(variants.getJsonObject("greeting").getString("key")).isEqualTo("on");
    }

    @Test
    void reachesAServerWhoseUrlEndsWithASlash() {
        JsonObject line = SdkScript.run(
                        "node-remote.mjs",
                        new JsonObject()
                                .put("url", proxy.url() + "/")
                                .put("key", SdkRuleset.SERVER_KEY)
                                .put("calls", JsonArray.of(call("fetchV2", ANN))))
                .get(0);

        assertThat(line.getJsonObject("variants").fieldNames()).contains("greeting");
        assertThat(proxy.exchanges("//sdk/v2/vardata")).hasSize(1);
    }

    @Test
    void evaluatesRemoteFlagsOnlyIfItsDeploymentHasTheirRules() {
        JsonObject config = new JsonObject().put("serverUrl", proxy.url()).put("flagConfigPollingIntervalMillis", 100);
        try (SdkScript script = local(config, ANN)) {
            assertThat(keys(script.next("variants"))).isEqualTo(Map.of("greeting", "off", "farewell", "off"));

            JsonObject withRules = greetings("remote");
            withRules.getJsonArray("deployments").getJsonObject(0).put("remoteRules", true);
            node.putRuleset(withRules.encode());

            assertThat(keys(script.next("variants"))).isEqualTo(Map.of("greeting", "on", "farewell", "off"));
        }
    }

    @Test
    void pollsFlagChanges() {
        node.putRuleset(greetings("local").encode());
        JsonObject config = new JsonObject().put("serverUrl", proxy.url()).put("flagConfigPollingIntervalMillis", 100);
        try (SdkScript script = local(config, ANN)) {
            assertThat(keys(script.next("variants"))).isEqualTo(Map.of("greeting", "on", "farewell", "off"));

            node.putRuleset(SdkRuleset.document(SdkRuleset.flag("greeting", "local", SdkRuleset.is("country", AWKWARD)))
                    .encode());

            assertThat(keys(script.next("variants"))).isEqualTo(Map.of("greeting", "on"));
        }
        assertThat(proxy.exchanges("/sdk/v2/flags")).hasSizeGreaterThan(1).allSatisfy(exchange -> assertThat(
                        exchange.answersWith("content-encoding:"))
                .isFalse());
    }

    @Test
    void receivesFlagChangesAndDeletionsWithinASecondOverOneStream() {
        node.putRuleset(greetings("local").encode());
        JsonObject config = new JsonObject()
                .put("serverUrl", proxy.url())
                .put("streamServerUrl", proxy.url())
                .put("streamUpdates", true);
        try (SdkScript script = local(config, ANN)) {
            assertThat(keys(script.next("variants"))).isEqualTo(Map.of("greeting", "on", "farewell", "off"));

            Duration change = timeUntil(
                    script,
                    Map.of("greeting", "off", "farewell", "on"),
                    SdkRuleset.document(
                            SdkRuleset.flag("greeting", "local", SdkRuleset.is("country", "nowhere")),
                            SdkRuleset.flag("farewell", "local", SdkRuleset.is("country", AWKWARD))));
            Duration deletion = timeUntil(
                    script,
                    Map.of("farewell", "on"),
                    SdkRuleset.document(SdkRuleset.flag("farewell", "local", SdkRuleset.is("country", AWKWARD))));

            System.out.printf(
                    "Node SDK, streaming: change seen after %d ms, deletion after %d ms%n",
                    change.toMillis(), deletion.toMillis());
            assertThat(change).isLessThan(Duration.ofSeconds(10));
            assertThat(deletion).isLessThan(Duration.ofSeconds(10));
            assertThat(proxy.exchanges()).singleElement().satisfies(exchange -> {
                assertThat(exchange.path()).isEqualTo(STREAM);
                assertThat(exchange.answersWith("content-type: text/event-stream"))
                        .isTrue();
            });
        }
    }

    @Test
    void downloadsCohortsOnceAndAgainOnlyWhenTheyChange() {
        putFlagsWithCohorts("vip", "customers");
        JsonObject config = cohortSync(new JsonObject());
        JsonObject acme = user("ann").put("groups", new JsonObject().put("org", JsonArray.of("acme")));
        try (SdkScript script = local(config, acme)) {
            assertThat(keys(script.next("variants"))).isEqualTo(Map.of("members", "on", "organisations", "on"));

            script.send("cohorts");
            assertThat(script.next("done").getJsonArray("log")).isEmpty();
            node.putCohort("vip", JsonArray.of("bob"));
            script.send("cohorts");

            assertThat(keys(script.next("variants"))).isEqualTo(Map.of("members", "off", "organisations", "on"));
        }
        assertThat(proxy.exchanges("/sdk/v1/cohort/vip"))
                .extracting(Exchange::status)
                .containsExactlyInAnyOrder(200, 204, 200);
        assertThat(proxy.exchanges("/sdk/v1/cohort/customers"))
                .extracting(Exchange::status)
                .containsExactlyInAnyOrder(200, 204, 204);
        assertThat(proxy.exchanges()).allSatisfy(exchange -> assertThat(exchange.answersWith("content-encoding:"))
                .isFalse());
    }

    @Test
    void skipsCohortsAboveItsMaximumSize() {
        putFlagsWithCohorts("large", "larger");
        JsonObject config = cohortSync(new JsonObject().put("maxCohortSize", 1));
        try (SdkScript script = local(config, user("ann"))) {
            JsonObject started = script.next("variants");

            assertThat(keys(started)).isEqualTo(Map.of("members", "off", "organisations", "off"));
            assertThat(started.getJsonArray("log").encode()).contains("Cohort size > 1");
        }
        assertThat(proxy.exchanges("/sdk/v1/cohort/large"))
                .extracting(Exchange::status)
                .containsExactly(413);
    }

    @Test
    void sendsItsAssignmentsAndExposuresToTheSameTopic() {
        node.putRuleset(greetings("local").encode());
        JsonObject events = new JsonObject()
                .put("apiKey", SdkRuleset.API_KEY)
                .put("serverUrl", proxy.url() + "/2/httpapi")
                .put("flushIntervalMillis", 50);
        JsonObject config = new JsonObject()
                .put("serverUrl", proxy.url())
                .put("assignmentConfig", events)
                .put("exposureConfig", events);
        JsonObject user = user("eve").put("country", AWKWARD);
        JsonObject options = new JsonObject().put("tracksExposure", true);
        try (SdkScript script =
                SdkScript.start("node-local.mjs", argument(config, user).put("options", options))) {
            script.next("variants");
            Await.value(
                    "the events are sent",
                    SOON,
                    () -> proxy.exchanges("/2/httpapi").stream()
                            .filter(exchange -> exchange.status() == 200)
                            .count(),
                    seen -> seen >= 2);
        }
        Await.value(
                "the events are delivered", SOON, () -> LedgerMetrics.of(node).spooled(), seen -> seen == 0);
        List<JsonObject> delivered = Neighbours.events(TOPIC).stream()
                .map(event -> new JsonObject(event.value()))
                .filter(event -> event.getString("user_id").equals("eve"))
                .toList();
        assertThat(delivered)
                .extracting(event -> event.getString("event_type"))
                .containsExactlyInAnyOrder("[Experiment] Assignment", "[Experiment] Exposure");
        JsonObject assignment = delivered.stream()
                .filter(event -> event.getString("event_type").endsWith("Assignment"))
                .findFirst()
                .orElseThrow();
        assertThat(assignment.getJsonObject("event_properties").getString("greeting.variant"))
                .isEqualTo("on");
        assertThat(assignment.getString("insert_id")).startsWith("eve eve-phone ");
    }

    private JsonObject cohortSync(JsonObject more) {
        return new JsonObject()
                .put("serverUrl", proxy.url())
                .put("logLevel", 1)
                .put(
                        "cohortSyncConfig",
                        more.put("apiKey", SdkRuleset.API_KEY)
                                .put("secretKey", SdkRuleset.SECRET_KEY)
                                .put("cohortServerUrl", proxy.url()));
    }

    private static void putFlagsWithCohorts(String users, String groups) {
        node.putRuleset(SdkRuleset.document(
                        SdkRuleset.flag("members", "local", SdkRuleset.inCohort(users)),
                        SdkRuleset.flag("organisations", "local", SdkRuleset.groupInCohort("org", groups)))
                .put(
                        "cohorts",
                        JsonArray.of(cohort(users, "User", "ann", "ada"), cohort(groups, "org", "acme", "initech")))
                .encode());
    }

    private static JsonObject cohort(String id, String groupType, String... members) {
        return new JsonObject()
                .put("id", id)
                .put("groupType", groupType)
                .put("lastModified", 1)
                .put("memberIds", new JsonArray(List.of(members)));
    }

    private static Duration timeUntil(SdkScript script, Map<String, String> variants, JsonObject document) {
        long asked = System.nanoTime();
        node.putRuleset(document.encode());
        assertThat(keys(script.next("variants"))).isEqualTo(variants);
        return Duration.ofNanos(System.nanoTime() - asked);
    }

    private JsonObject remote(JsonObject call) {
        return SdkScript.run(
                        "node-remote.mjs",
                        new JsonObject()
                                .put("url", proxy.url())
                                .put("key", SdkRuleset.SERVER_KEY)
                                .put("calls", JsonArray.of(call)))
                .get(0);
    }

    private static SdkScript local(JsonObject config, JsonObject user) {
        return SdkScript.start("node-local.mjs", argument(config, user));
    }

    private static JsonObject argument(JsonObject config, JsonObject user) {
        return new JsonObject()
                .put("key", SdkRuleset.SERVER_KEY)
                .put("config", config)
                .put("user", user);
    }

    private static JsonObject call(String method, JsonObject user) {
        return new JsonObject().put("method", method).put("user", user);
    }

    private static JsonObject call(String method, JsonObject user, JsonObject options) {
        return call(method, user).put("options", options);
    }

    private static JsonObject user(String name) {
        return new JsonObject().put("user_id", name).put("device_id", name + "-phone");
    }

    /** Variant keys by flag key. */
    private static Map<String, String> keys(JsonObject line) {
        JsonObject variants = line.getJsonObject("variants");
        return variants.fieldNames().stream()
                .collect(Collectors.toMap(
                        flag -> flag, flag -> variants.getJsonObject(flag).getString("key")));
    }
}
