package io.variate.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.dev.EmbeddedPostgresql;
import io.variate.testing.Await;
import io.variate.testing.FreePorts;
import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Restoring the ruleset of a cluster of two nodes to an older state, and both recoveries. */
@Timeout(120)
@Tag("slow")
class RestoredRulesetTest {
    private static final List<String> TABLES =
            List.of("ruleset", "ruleset_row", "removed_row", "revision_log", "row_history", "revision_time");
    private static final String KEY = "server-key";
    private static final String RECOVER = "/api/1/ruleset/recover";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static EmbeddedPostgresql postgresql;

    private final String cluster = "restored-" + UUID.randomUUID();
    private final List<Integer> ports = FreePorts.some(2);

    @SuppressWarnings("NullAway.Init")
    private RunningNode leader;

    @SuppressWarnings("NullAway.Init")
    private RunningNode follower;

    /** The revision that both nodes serve. */
    private long served;

    @BeforeAll
    static void startPostgresql() {
        postgresql = EmbeddedPostgresql.start(null, 0);
    }

    @AfterAll
    static void stopPostgresql() {
        postgresql.close();
    }

    /** Nodes serve a later ruleset than the restored database has. */
    @BeforeEach
    void restoreAnOlderRuleset() throws SQLException {
        sql("drop schema if exists variate cascade", "drop schema if exists backup cascade");
        leader = start("leader", 0);
        follower = start("follower", 1);
        put("old");
        backUp();
        put("between");
        served = put("new");
        awaitVariant("new");
        restore();
        Await.until(
                "the leader reports the divergence",
                () -> source(leader).getString("status").equals("diverged"));
    }

    @AfterEach
    void stop() {
        follower.close();
        leader.close();
    }

    @Test
    void healthNamesBothRevisionsAndTheWayOut() {
        HttpResponse<String> ready = leader.send("GET", leader.adminPort(), "/health/ready", "");

        assertThat(ready.statusCode()).isEqualTo(200);
        JsonObject source = source(leader);
        assertThat(source.getString("reason")).contains("POST /api/1/ruleset/recover");
        assertThat(source.getJsonObject("served").getLong("number")).isEqualTo(served);
        assertThat(source.getJsonObject("stored").getLong("number")).isEqualTo(served - 2);
        assertThat(source.getJsonObject("stored").getString("history"))
                .isEqualTo(source.getJsonObject("served").getString("history"));
        assertThat(leader.metric("variate_ruleset_history_diverged")).isEqualTo(1);
        assertThat(leader.metric("variate_ruleset_source_down")).isEqualTo(0);
    }

    @Test
    void nodesKeepServingAndRefuseWrites() {
        for (RunningNode node : List.of(leader, follower)) {
            HttpResponse<String> answer = node.put(document("other"));

            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(409);
            JsonObject error = RunningNode.error(answer);
            assertThat(error.getString("code")).isEqualTo("history_diverged");
            assertThat(error.getString("message")).contains("POST /api/1/ruleset/recover");
            assertThat(error.getJsonObject("served").getLong("number")).isEqualTo(served);
            assertThat(error.getJsonObject("stored").getLong("number")).isEqualTo(served - 2);
            assertThat(variant(node)).isEqualTo("new");
        }
    }

    @ParameterizedTest
    @CsvSource({"database, old", "served, new"})
    void recoversOnAllNodesInOneCall(String keep, String variant) {
        CompletableFuture<HttpResponse<String>> waiting =
                follower.getAsync("/v1/vardata?user_id=u", headers("X-Variate-Min-Revision", "" + (served + 1)));

        HttpResponse<String> answer = follower.admin("POST", RECOVER, "{\"keep\": \"" + keep + "\"}");

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(new JsonObject(answer.body()))
                .isEqualTo(new JsonObject().put("revision", served + 1).put("kept", keep));
        assertThat(waiting.join().statusCode()).isEqualTo(200);
        awaitVariant(variant);
        assertThat(tag(leader)).isEqualTo(tag(follower)).isEqualTo(tag(answer));
        Await.until("the divergence is settled", () -> leader.metric("variate_ruleset_history_diverged") == 0);
        assertThat(put("later")).isEqualTo(served + 2);
        awaitVariant("later");
    }

    @Test
    void settlesADivergenceOnce() {
        assertThat(leader.admin("POST", RECOVER, "{\"keep\": \"served\"}").statusCode())
                .isEqualTo(200);

        HttpResponse<String> again = leader.admin("POST", RECOVER, "{\"keep\": \"database\"}");

        assertThat(again.statusCode()).as(again.body()).isEqualTo(409);
        assertThat(RunningNode.error(again).getString("code")).isEqualTo("not_diverged");
        assertThat(variant(leader)).isEqualTo("new");
    }

    @Test
    void aTagOfTheServedRulesetDoesNotMatchTheRestoredOne() {
        String old = tag(leader);
        assertThat(leader.admin("POST", RECOVER, "{\"keep\": \"database\"}").statusCode())
                .isEqualTo(200);

        assertThat(leader.put(document("other"), "If-Match", old).statusCode()).isEqualTo(412);
    }

    private RunningNode start(String id, int index) {
        return RunningNode.start(Map.of(
                "VARIATE_NODE_ID",
                id,
                "VARIATE_NODE_DATA_DIR",
                directory.resolve(cluster).resolve(id).toString(),
                "VARIATE_POSTGRES_URI",
                postgresql.uri(),
                "VARIATE_RULESETS_CHECK_INTERVAL",
                "50ms",
                "VARIATE_CLUSTER_ENABLED",
                "true",
                "VARIATE_CLUSTER_NAME",
                cluster,
                "VARIATE_CLUSTER_PORT",
                Integer.toString(ports.get(index)),
                "VARIATE_CLUSTER_MEMBERS",
                "127.0.0.1:" + ports.get(0) + ",127.0.0.1:" + ports.get(1)));
    }

    private long put(String variant) {
        HttpResponse<String> put = leader.put(document(variant));
        assertThat(put.statusCode()).as(put.body()).isEqualTo(200);
        return new JsonObject(put.body()).getLong("revision");
    }

    private static String document(String variant) {
        return "{\"deployments\": [{\"key\": \"" + KEY
                + "\", \"label\": \"all\", \"type\": \"server\", \"flags\": [\"*\"]}], \"flags\": [{\"key\": \"f\","
                + " \"variants\": {\"" + variant + "\": {\"key\": \"" + variant
                + "\"}}, \"segments\": [{\"variant\": \""
                + variant + "\"}]}], \"cohorts\": []}";
    }

    private void awaitVariant(String variant) {
        for (RunningNode node : List.of(leader, follower)) {
            Await.until(
                    "the node serves variant " + variant, () -> variant(node).equals(variant));
        }
    }

    private static String variant(RunningNode node) {
        HttpResponse<String> answer = node.get("/v1/vardata?user_id=u", headers());
        return answer.statusCode() == 200
                ? new JsonObject(answer.body()).getJsonObject("f").getString("key")
                : "";
    }

    private static String[] headers(String... more) {
        return Stream.concat(Stream.of("Authorization", "Api-Key " + KEY), Stream.of(more))
                .toArray(String[]::new);
    }

    private static JsonObject source(RunningNode node) {
        return new JsonObject(
                        node.send("GET", node.adminPort(), "/health/ready", "").body())
                .getJsonObject("dependencies")
                .getJsonObject("postgres");
    }

    private static String tag(RunningNode node) {
        return tag(node.admin("GET", "/api/1/ruleset", ""));
    }

    private static String tag(HttpResponse<String> answer) {
        return answer.headers().firstValue("ETag").orElseThrow();
    }

    private static void backUp() throws SQLException {
        sql("create schema backup");
        for (String table : TABLES) {
            sql("create table backup." + table + " as table variate." + table);
        }
    }

    /** Like {@code pg_restore --clean --single-transaction}, which creates triggers after it has copied the rows. */
    private static void restore() throws SQLException {
        sql(Stream.concat(
                        Stream.of("set local session_replication_role = replica"),
                        TABLES.stream()
                                .flatMap(table -> Stream.of(
                                        "delete from variate." + table,
                                        "insert into variate." + table + " select * from backup." + table)))
                .toArray(String[]::new));
    }

    private static void sql(String... statements) throws SQLException {
        String url = "jdbc:" + postgresql.uri().replace("postgres@", "") + "?user=postgres";
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (String text : statements) {
                statement.execute(text);
            }
            connection.commit();
        }
    }
}
