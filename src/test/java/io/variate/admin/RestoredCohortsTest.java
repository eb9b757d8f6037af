package io.variate.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.dev.EmbeddedPostgresql;
import io.variate.testing.Await;
import io.variate.testing.FreePorts;
import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Restoring a database to an older state under a cluster of two nodes: all nodes serve the restored cohorts. */
@Timeout(120)
@Tag("slow")
class RestoredCohortsTest {
    private static final List<String> TABLES = List.of("cohort_state", "uploaded_cohort", "cohort_chunk");
    private static final String OLD = "[\"alice\"]";
    private static final String NEW = "[\"alice\",\"bob\"]";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static EmbeddedPostgresql postgresql;

    private final String cluster = "restored-" + UUID.randomUUID();
    private final List<Integer> ports = FreePorts.some(3);

    @SuppressWarnings("NullAway.Init")
    private RunningNode leader;

    @SuppressWarnings("NullAway.Init")
    private RunningNode follower;

    @BeforeAll
    static void startPostgresql() {
        postgresql = EmbeddedPostgresql.start(null, 0);
    }

    @AfterAll
    static void stopPostgresql() {
        postgresql.close();
    }

    @BeforeEach
    void startTwoNodes() throws SQLException {
        sql("drop schema if exists variate cascade", "drop schema if exists backup cascade");
        leader = start("leader", 0);
        follower = start("follower", 1);
    }

    @AfterEach
    void stop() {
        follower.close();
        leader.close();
    }

    @Test
    void allNodesServeTheOlderMembers() throws SQLException {
        put("beta", OLD);
        backUp();
        put("beta", NEW);
        awaitMembers("beta", NEW, leader, follower);

        restore();

        awaitMembers("beta", OLD, leader, follower);
        assertThat(leader.metric("variate_cohort_restores_total")).isEqualTo(1);
        assertThat(follower.metric("variate_cohort_restores_total")).isEqualTo(1);
        RunningNode third = start("third", 2);
        try {
            awaitMembers("beta", OLD, third);
            assertThat(head(third, "beta")).isEqualTo(head(leader, "beta")).isEqualTo(head(follower, "beta"));
        } finally {
            third.close();
        }
    }

    @Test
    void noNodeServesACohortUploadedAfterTheBackup() throws SQLException {
        put("beta", OLD);
        backUp();
        put("later", NEW);
        awaitMembers("later", NEW, leader, follower);

        restore();

        Await.until(
                "both nodes have dropped cohort later",
                () -> status(leader, "later") == 404 && status(follower, "later") == 404);
        awaitMembers("beta", OLD, leader, follower);
    }

    @Test
    void allNodesServeACohortDeletedAfterTheBackup() throws SQLException {
        put("beta", OLD);
        backUp();
        leader.admin("DELETE", "/api/1/cohorts/beta", "");
        Await.until(
                "both nodes have dropped cohort beta",
                () -> status(leader, "beta") == 404 && status(follower, "beta") == 404);

        restore();

        awaitMembers("beta", OLD, leader, follower);
    }

    @Test
    void allNodesServeTheRestoredMembersOfTheSameLastModified() throws SQLException {
        put("beta", OLD);
        backUp();
        put("beta", NEW);
        sql(
                "update backup.cohort_state set revision = (select revision from variate.cohort_state)",
                "update backup.uploaded_cohort set last_modified = (select last_modified from variate.uploaded_cohort)");
        awaitMembers("beta", NEW, leader, follower);
        long before = head(leader, "beta").getLong("lastModified");

        restore();

        awaitMembers("beta", OLD, leader, follower);
        assertThat(head(follower, "beta").getLong("lastModified")).isEqualTo(before);
    }

    @Test
    void aNodeThatWasDownDuringTheRestoreDiscardsItsFiles() throws SQLException {
        put("beta", OLD);
        backUp();
        put("beta", NEW);
        awaitMembers("beta", NEW, follower);
        follower.close();

        restore();
        follower = start("follower", 1);

        awaitMembers("beta", OLD, leader, follower);
    }

    @Test
    void allNodesServeAnUploadAfterTheRestore() throws SQLException {
        put("beta", OLD);
        backUp();
        put("beta", NEW);
        restore();
        awaitMembers("beta", OLD, leader, follower);

        put("beta", "[\"carol\"]");

        awaitMembers("beta", "[\"carol\"]", leader, follower);
    }

    @Test
    void restoringTheNewerStateAgainServesTheNewerMembers() throws SQLException {
        put("beta", OLD);
        backUp();
        put("beta", NEW);
        awaitMembers("beta", NEW, leader, follower);
        sql("alter schema backup rename to older");
        backUp();
        sql("alter schema backup rename to newer", "alter schema older rename to backup");
        restore();
        awaitMembers("beta", OLD, leader, follower);

        sql("drop schema backup cascade", "alter schema newer rename to backup");
        restore();

        awaitMembers("beta", NEW, leader, follower);
    }

    private RunningNode start(String id, int index) {
        Map<String, String> variables = new HashMap<>(Map.of(
                "VARIATE_NODE_ID",
                id,
                "VARIATE_NODE_DATA_DIR",
                directory.resolve(cluster).resolve(id).toString(),
                "VARIATE_POSTGRES_URI",
                postgresql.uri(),
                "VARIATE_RULESETS_CHECK_INTERVAL",
                "50ms",
                "VARIATE_PROJECT_API_KEY",
                "api",
                "VARIATE_PROJECT_SECRET_KEY",
                "secret"));
        variables.put("VARIATE_CLUSTER_ENABLED", "true");
        variables.put("VARIATE_CLUSTER_NAME", cluster);
        variables.put("VARIATE_CLUSTER_PORT", Integer.toString(ports.get(index)));
        variables.put("VARIATE_CLUSTER_MEMBERS", "127.0.0.1:" + ports.get(0) + ",127.0.0.1:" + ports.get(1));
        return RunningNode.start(variables);
    }

    private void put(String id, String members) {
        assertThat(leader.admin("PUT", "/api/1/cohorts/" + id, members).statusCode())
                .isEqualTo(200);
    }

    private static void awaitMembers(String id, String members, RunningNode... nodes) {
        for (RunningNode node : nodes) {
            Await.until(
                    "the node serves the members of cohort " + id,
                    () -> status(node, id) == 200
                            && head(node, id).getJsonArray("memberIds").encode().equals(members));
        }
    }

    private static int status(RunningNode node, String id) {
        return node.get("/sdk/v1/cohort/" + id, "Authorization", basic()).statusCode();
    }

    private static JsonObject head(RunningNode node, String id) {
        return new JsonObject(
                node.get("/sdk/v1/cohort/" + id, "Authorization", basic()).body());
    }

    private static String basic() {
        return "Basic " + Base64.getEncoder().encodeToString("api:secret".getBytes(StandardCharsets.UTF_8));
    }

    private static void backUp() throws SQLException {
        sql("create schema backup");
        for (String table : TABLES) {
            sql("create table backup." + table + " as table variate." + table);
        }
    }

    /** Like {@code pg_restore --clean --single-transaction}: other sessions see either the old state or the new one. */
    private static void restore() throws SQLException {
        sql(TABLES.stream()
                .flatMap(table -> List.of(
                        "delete from variate." + table,
                        "insert into variate." + table + " select * from backup." + table)
                        .stream())
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
