package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.harness.Fleet;
import io.variate.it.harness.JarNode;
import io.variate.it.harness.Neighbours;
import io.variate.testing.Await;
import io.variate.testing.PgBouncer;
import io.vertx.core.json.JsonArray;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two nodes whose database is behind a PgBouncer in transaction mode, with a database that is empty at first. */
class PgBouncerIT {
    private static final String RULESET = """
            {"deployments": [{"key": "server-key", "label": "s", "type": "server", "flags": ["*"]}],
             "flags": [
              {"key": "flag", "variants": {"on": {"key": "on"}, "COLOUR": {"key": "COLOUR"}},
               "segments": [{"variant": "on", "conditions": [[
                {"selector": ["context", "user", "cohort_ids"], "op": "set contains any", "values": ["vip"]}]]},
                {"variant": "COLOUR"}]}]}
            """;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static PgBouncer pooler;

    @SuppressWarnings("NullAway.Init")
    private static Fleet fleet;

    @BeforeAll
    static void startTwoNodesBehindAPooler() {
        pooler = PgBouncer.start(
                directory.resolve("pgbouncer"), Neighbours.postgres().port(), "transaction");
        fleet = new Fleet(directory, List.of("one", "two"), settings -> settings);
        for (String name : List.of("one", "two")) {
            fleet.settings(name).set("postgres.uri", pooler.through(fleet.database()));
            fleet.start(name);
        }
    }

    @AfterAll
    static void stop() {
        if (fleet != null) {
            fleet.close();
        }
        if (pooler != null) {
            pooler.close();
        }
    }

    @Test
    void nodesFollowChangesThroughAPooler() {
        servesChangesOfTheRulesetOnBothNodes();
        servesChangesOfACohortOnBothNodes();
        pollsWithoutNotificationsAndWarns();
        keepsServingWhileThePoolerIsKilledAndFollowsChangesAfterItsRestart();
    }

    private static void servesChangesOfTheRulesetOnBothNodes() {
        for (String colour : List.of("red", "green", "blue")) {
            fleet.node("one").putRuleset(RULESET.replace("COLOUR", colour));
            awaitVariant("somebody", colour);
        }
    }

    private static void servesChangesOfACohortOnBothNodes() {
        for (String member : List.of("ann", "ben", "cleo")) {
            fleet.node("two").putCohort("vip", new JsonArray().add(member));
            awaitVariant(member, "on");
            assertThat(fleet.node("one").dependency("cohorts")).isEqualTo("up");
        }
        awaitVariant("ann", "blue");
    }

    private static void pollsWithoutNotificationsAndWarns() {
        JarNode leader = fleet.node("one");
        Await.until("it is logged", Fleet.SOON, () -> leader.process().output().stream()
                .anyMatch(line -> line.contains("cannot listen for notifications of PostgreSQL")));
        assertThat(leader.metric("variate_postgres_listening", "")).isZero();
        Neighbours.sql(
                fleet.database(),
                "update variate.flag set definition = replace(definition::text, 'blue', 'black')::json",
                "update variate.ruleset set revision = revision + 1");
        awaitVariant("somebody", "black");
    }

    private static void keepsServingWhileThePoolerIsKilledAndFollowsChangesAfterItsRestart() {
        pooler.kill();
        Await.until("the leader reports it", Fleet.SOON, () -> List.of("one", "two").stream()
                .anyMatch(name -> fleet.node(name).dependency("postgres").equals("down")
                        && fleet.node(name).dependency("cohorts").equals("down")));
        awaitVariant("somebody", "black");
        awaitVariant("cleo", "on");

        pooler.restart();
        Await.value(
                "a node writes again",
                Fleet.SOON,
                () -> fleet.node("one").put(RULESET.replace("COLOUR", "white")).statusCode(),
                seen -> seen == 200);
        awaitVariant("somebody", "white");
        fleet.node("one").putCohort("vip", new JsonArray().add("dora"));
        awaitVariant("dora", "on");
    }

    private static void awaitVariant(String user, String variant) {
        for (String name : List.of("one", "two")) {
            Await.value(
                    name + " gives " + user + " " + variant,
                    Fleet.SOON,
                    () -> fleet.node(name)
                            .vardata("server-key", Map.of("user_id", user))
                            .body(),
                    seen -> seen.contains("\"key\":\"" + variant + "\""));
        }
    }
}
