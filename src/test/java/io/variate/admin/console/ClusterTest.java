package io.variate.admin.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.cluster.ClusterConfiguration;
import io.variate.cluster.GuardedClusterManager;
import io.variate.cluster.RefusedJoins;
import io.variate.config.Settings;
import io.variate.config.SettingsLoader;
import io.variate.dev.EmbeddedPostgresql;
import io.variate.testing.Await;
import io.variate.testing.FreePorts;
import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The state of a cluster of two nodes with a database. */
@Tag("slow")
@Timeout(300)
class ClusterTest {
    private static final List<Integer> PORTS = FreePorts.some(3);

    @SuppressWarnings("NullAway.Init")
    private static EmbeddedPostgresql postgresql;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode one;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode two;

    @BeforeAll
    static void start() {
        postgresql = EmbeddedPostgresql.start(null, 0);
        one = RunningNode.start(variables(0));
        two = RunningNode.start(variables(1));
        HttpResponse<String> put = one.put("{\"projects\": {\"\": {\"deployments\": [], \"flags\": []}}}");
        assertThat(put.statusCode()).as(put.body()).isEqualTo(200);
    }

    @AfterAll
    static void stop() {
        two.close();
        one.close();
        postgresql.close();
    }

    private static Map<String, String> variables(int index) {
        Map<String, String> variables = new HashMap<>(Map.of(
                "VARIATE_NODE_ID",
                "node-" + index,
                "VARIATE_CLUSTER_ENABLED",
                "true",
                "VARIATE_CLUSTER_NAME",
                "cluster-of-the-console",
                "VARIATE_CLUSTER_HOST",
                "127.0.0.1",
                "VARIATE_CLUSTER_PORT",
                Integer.toString(PORTS.get(index)),
                "VARIATE_CLUSTER_MEMBERS",
                PORTS.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","))));
        variables.put("VARIATE_POSTGRES_URI", postgresql.uri());
        return variables;
    }

    @Test
    void anyNodeDescribesAllNodes() {
        for (RunningNode asked : List.of(one, two)) {
            Await.until("both nodes serve the ruleset", () -> revisions(cluster(asked))
                    .equals(List.of(1L, 1L)));
            JsonObject cluster = cluster(asked);

            assertThat(names(cluster)).containsExactly("node-0", "node-1");
            assertThat(cluster.getJsonArray("missing")).isEmpty();
            assertThat(cluster.getLong("revision")).isEqualTo(1);
            JsonObject first = cluster.getJsonArray("nodes").getJsonObject(0);
            assertThat(cluster.getString("leader")).isEqualTo(first.getString("id"));
            assertThat(first.getString("address")).isEqualTo("127.0.0.1:" + PORTS.get(0));
            assertThat(first.getBoolean("ready")).isTrue();
            assertThat(first.getJsonArray("roles")).contains("http", "evaluator");
            assertThat(first.getJsonObject("postgresql").getString("status")).isEqualTo("up");
            assertThat(first.getJsonObject("ledger").getLong("evaluated")).isNotNull();
            assertThat(first.getJsonObject("memory").getLong("usedBytes")).isPositive();
            assertThat(first.getJsonObject("spool").getLong("records")).isZero();
        }
    }

    @Test
    void aNodeThatDoesNotKnowTheMessageIsMissing() throws Exception {
        Settings settings = SettingsLoader.load(null, variables(2));
        GuardedClusterManager member = GuardedClusterManager.join(
                        ClusterConfiguration.of(settings, false),
                        settings.cluster(),
                        new RefusedJoins(new SimpleMeterRegistry()))
                .await(60, TimeUnit.SECONDS);
        try {
            Await.until(
                    "the third member is missing",
                    () -> cluster(one).getJsonArray("missing").equals(JsonArray.of("node-2")));
            assertThat(names(cluster(one))).containsExactly("node-0", "node-1");
        } finally {
            member.shutDown().await(60, TimeUnit.SECONDS);
        }
        Await.until(
                "the member has left",
                () -> cluster(one).getJsonArray("missing").isEmpty());
    }

    @Test
    void aViewerSeesTheNodesAndOneOfAProjectNoLedger() {
        JsonObject all = cluster(one, token("all", ""));
        JsonObject limited = cluster(one, token("limited", ", \"projects\": [\"shop\"]"));

        assertThat(all.getJsonArray("nodes").getJsonObject(0).getJsonObject("ledger"))
                .isNotNull();
        assertThat(names(limited)).containsExactly("node-0", "node-1");
        assertThat(limited.getJsonArray("nodes").encode()).doesNotContain("\"ledger\"");
        assertThat(all.encode()).doesNotContain(RunningNode.TOKEN, "postgresql://");
    }

    @Test
    void aNodeWithoutAClusterDescribesItself() {
        try (RunningNode alone = RunningNode.start(Map.of())) {
            JsonObject cluster = cluster(alone);

            assertThat(names(cluster)).containsExactly("test-node");
            JsonObject node = cluster.getJsonArray("nodes").getJsonObject(0);
            assertThat(node.getBoolean("ready")).isFalse();
            assertThat(node.getJsonArray("problems")).contains("the node has no ruleset yet");
            assertThat(cluster.getValue("revision")).isNull();
        }
    }

    private static JsonObject cluster(RunningNode asked) {
        return cluster(asked, RunningNode.TOKEN);
    }

    private static JsonObject cluster(RunningNode asked, String token) {
        HttpResponse<String> answer =
                asked.send("GET", asked.adminPort(), "/api/1/cluster", "", "Authorization", "Bearer " + token);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new JsonObject(answer.body());
    }

    private static List<String> names(JsonObject cluster) {
        return cluster.getJsonArray("nodes").stream()
                .map(node -> ((JsonObject) node).getString("name"))
                .toList();
    }

    private static List<Long> revisions(JsonObject cluster) {
        return cluster.getJsonArray("nodes").stream()
                .map(node -> ((JsonObject) node).getLong("revision", 0L))
                .toList();
    }

    private static String token(String name, String fields) {
        HttpResponse<String> created =
                one.admin("POST", "/api/1/tokens", "{\"name\": \"" + name + "\", \"role\": \"viewer\"" + fields + "}");
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        return new JsonObject(created.body()).getString("token");
    }
}
