package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.hazelcast.map.IMap;
import com.hazelcast.query.Predicates;
import io.variate.bus.EvaluationRequest;
import io.variate.bus.EvaluationResponse;
import io.variate.bus.FailureCode;
import io.variate.client.EvaluationClient;
import io.variate.client.EvaluationException;
import io.variate.it.harness.Documents;
import io.variate.it.harness.JarNode;
import io.variate.it.harness.LiteMember;
import io.variate.it.harness.Neighbours;
import io.variate.it.harness.NodeSettings;
import io.variate.testing.Await;
import io.variate.testing.FreePorts;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a Vert.x application sees that joins the cluster, here with a Hazelcast configuration of its own. */
class BusApplicationIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String ADDRESS = "variate.evaluate";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    private static final String CLUSTER = Neighbours.unique("application");
    private static final List<Integer> PORTS = FreePorts.some(3);

    @SuppressWarnings("NullAway.Init")
    private static JarNode node;

    @SuppressWarnings("NullAway.Init")
    private static JarNode otherZone;

    @SuppressWarnings("NullAway.Init")
    private static Vertx application;

    private static final HazelcastClusterManager MANAGER =
            new HazelcastClusterManager(LiteMember.config(CLUSTER, PORTS.get(2), PORTS.get(0)));

    @BeforeAll
    static void startTwoZonesAndAnApplicationInOne() throws Exception {
        node = JarNode.start(settings("node", 0)
                .joining(CLUSTER, PORTS.get(0), PORTS.get(0), PORTS.get(1))
                .set("kafka.bootstrap-servers", Neighbours.kafka().bootstrapServers())
                .set("kafka.topic", Neighbours.unique("application")));
        otherZone = JarNode.launch(settings("other", 1)
                .joining(CLUSTER, PORTS.get(1), PORTS.get(0), PORTS.get(1))
                .set("node.zone", "eu"));
        application = LiteMember.start(MANAGER).await(30, TimeUnit.SECONDS);
        node.awaitReady();
        otherZone.awaitUp().awaitReady();
    }

    private static NodeSettings settings(String id, int zone) throws IOException {
        String colour = zone == 0 ? "teal" : "green";
        Path file = Files.writeString(directory.resolve(id + ".json"), Documents.colour(colour));
        return NodeSettings.of(directory, id).set("rulesets.file", file);
    }

    @AfterAll
    static void stop() throws Exception {
        application.close().await(20, TimeUnit.SECONDS);
        node.close();
        otherZone.close();
    }

    @Test
    void answersTheClientOfAnApplication() throws Exception {
        EvaluationClient client = EvaluationClient.ofCluster(application, SOON);

        EvaluationResponse answer = client.evaluate(request(Documents.KEY)).await(10, TimeUnit.SECONDS);

        assertThat(answer.answer().toString(StandardCharsets.UTF_8)).isEqualTo(Documents.colourAnswer("teal"));
        assertThat(answer.revision()).isZero();
    }

    @Test
    void returnsTheReasonOfAFailureToTheClient() {
        EvaluationClient client = EvaluationClient.ofCluster(application, SOON);

        EvaluationException failure =
                catchThrowableOfType(EvaluationException.class, () -> client.evaluate(request("server-unknown"))
                        .await(10, TimeUnit.SECONDS));

        assertThat(failure.code()).isEqualTo(FailureCode.UNKNOWN_DEPLOYMENT);
    }

    @Test
    void answersTheDocumentedJson() throws Exception {
        JsonObject question = new JsonObject()
                .put("version", 1)
                .put("deployment", Documents.KEY)
                .put("user_id", "u")
                .put("flag_keys", JsonArray.of("colour"))
                .put("context", new JsonObject().put("country", "DE"))
                .put("track", false)
                .put("format", "v2");

        JsonObject reply = (JsonObject) ask(question);

        assertThat(reply)
                .isEqualTo(new JsonObject()
                        .put("version", 1)
                        .put("revision", 0)
                        .put("variants", new JsonObject(Documents.colourAnswer("teal"))));
    }

    @Test
    void needsNothingButADeployment() throws Exception {
        JsonObject reply = (JsonObject) ask(new JsonObject().put("deployment", Documents.KEY));

        assertThat(reply.getJsonObject("variants").fieldNames()).containsExactly("colour");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", """
                {"version": 1, "user_id": "u"}""", """
                {"deployment": 7}""", """
                {"deployment": null}""", """
                {"deployment": "server-it-key", "version": "one"}""", """
                {"deployment": "server-it-key", "user_id": 7}""", """
                {"deployment": "server-it-key", "flag_keys": "colour"}""", """
                {"deployment": "server-it-key", "flag_keys": [1]}""", """
                {"deployment": "server-it-key", "context": "text"}""", """
                {"deployment": "server-it-key", "context": []}""", """
                {"deployment": "server-it-key", "track": "yes"}""", """
                {"deployment": "server-it-key", "format": "v9"}"""})
    void rejectsUndocumentedJsonAndKeepsServing(String question) {
        assertRefused(new JsonObject(question), FailureCode.INVALID_REQUEST);
    }

    @Test
    void refusesBodiesThatAreNoRequestAndGoesOn() {
        assertRefused("text", FailureCode.INVALID_REQUEST);
        assertRefused(Buffer.buffer(new byte[] {1, 2, 3}), FailureCode.INVALID_REQUEST);
        assertRefused(JsonArray.of(1), FailureCode.INVALID_REQUEST);
        assertRefused(42, FailureCode.INVALID_REQUEST);
        assertRefused(null, FailureCode.INVALID_REQUEST);
    }

    @Test
    void rejectsAnUnknownVersion() {
        JsonObject question = new JsonObject().put("version", 2).put("deployment", Documents.KEY);

        assertRefused(question, FailureCode.UNSUPPORTED_VERSION);
    }

    @Test
    void rejectsAnUnknownDeployment() {
        assertRefused(new JsonObject().put("deployment", "server-unknown"), FailureCode.UNKNOWN_DEPLOYMENT);
    }

    @Test
    void refusesGarbageInPlaceOfEventsAndGoesOn() {
        assertRefusedBy("variate.assignments", new JsonObject(), FailureCode.INVALID_REQUEST);
    }

    @Test
    void republishesTheRulesetWhenTheFlagCacheHasLostIt() {
        IMap<String, Object> cache = MANAGER.getHazelcastInstance().getMap("variate.ruleset.rows");
        assertThat(cache.keySet()).contains("head@ruleset");

        // The application does not know the partition of the entry.
        cache.removeAll(Predicates.equal("__key", "head@ruleset"));

        Await.until("the ruleset is there again", SOON, () -> cache.keySet().contains("head@ruleset"));
    }

    @Test
    void keepsNodesOfTwoZonesApart() {
        assertThat(clusterSize(node)).as("the node and the application").isEqualTo(2);
        assertThat(clusterSize(otherZone)).isEqualTo(1);
        assertThat(answer(node)).isEqualTo(Documents.colourAnswer("teal"));
        assertThat(answer(otherZone)).isEqualTo(Documents.colourAnswer("green"));
    }

    private static void assertRefused(@Nullable Object body, FailureCode code) {
        assertRefusedBy(ADDRESS, body, code);
    }

    private static void assertRefusedBy(String address, @Nullable Object body, FailureCode code) {
        ReplyException failure = catchThrowableOfType(ReplyException.class, () -> ask(address, body));

        assertThat(failure.failureType()).isEqualTo(ReplyFailure.RECIPIENT_FAILURE);
        assertThat(failure.failureCode()).isEqualTo(code.number());
        assertThat(failure.getMessage()).isNotBlank();
        assertThat(answer(node)).isEqualTo(Documents.colourAnswer("teal"));
    }

    private static Object ask(@Nullable Object body) throws Exception {
        return ask(ADDRESS, body);
    }

    private static Object ask(String address, @Nullable Object body) throws Exception {
        return application
                .eventBus()
                .request(address, body)
                .await(10, TimeUnit.SECONDS)
                .body();
    }

    private static EvaluationRequest request(String deployment) {
        return EvaluationRequest.of(deployment, "u", List.of()).untracked();
    }

    private static String answer(JarNode asked) {
        return asked.vardata(Documents.KEY, Map.of("user_id", "u")).body();
    }

    private static int clusterSize(JarNode asked) {
        return new JsonObject(asked.readiness().body())
                .getJsonObject("dependencies")
                .getJsonObject("cluster")
                .getInteger("size");
    }
}
