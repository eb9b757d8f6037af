package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.FreePorts;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** A change of the ruleset reaches every node of a cluster, whichever nodes live. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RulesetPropagationIT {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final String LOADS = "query=\"load\"";
    private static final String LISTENS = "outcome=\"ok\",query=\"listen\"";
    private static final String QUERIES = "variate_postgres_queries_total";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static String database;

    @SuppressWarnings("NullAway.Init")
    private static JarNode one;

    @SuppressWarnings("NullAway.Init")
    private static JarNode two;

    @BeforeAll
    static void startTwoNodes() {
        database = Neighbours.database();
        String cluster = Neighbours.unique("propagation");
        List<Integer> ports = FreePorts.some(2);
        one = JarNode.start(settings("one").joining(cluster, ports.get(0), ports.get(1)));
        Duration alone = one.awaitReady();
        two = JarNode.start(settings("two").joining(cluster, ports.get(1), ports.get(0)));
        System.out.printf(
                "ready: first clustered node %d ms, joining node %d ms%n",
                alone.toMillis(), two.awaitReady().toMillis());
    }

    private static NodeSettings settings(String id) {
        return NodeSettings.of(directory, id)
                .set("postgres.uri", database)
                .set("admin.token", JarNode.TOKEN)
                .set("rulesets.check-interval", "1s");
    }

    @AfterAll
    static void stop() {
        one.close();
        two.close();
    }

    @Test
    @Order(1)
    void servesARulesetOnBothNodesWithinASecondOfItsPutOnEither() {
        for (int round = 0; round < 5; round++) {
            for (JarNode written : List.of(one, two)) {
                String value = "put-" + round + "-on-" + (written == one ? "one" : "two");
                written.putRuleset(Documents.colour(value));

                Duration took =
                        Await.until("both serve " + value, SECOND, () -> serves(one, value) && serves(two, value));
                System.out.printf("propagation: %s after its answer %.1f ms%n", value, took.toNanos() / 1e6);
            }
        }
    }

    @Test
    @Order(2)
    void servesAChangeMadeBySqlOnBothNodesWithinASecond() {
        for (int round = 0; round < 5; round++) {
            String value = "sql-" + round;
            changeInDatabase(value);

            Duration took = Await.until("both serve " + value, SECOND, () -> serves(one, value) && serves(two, value));
            System.out.printf("propagation: %s after its commit %.1f ms%n", value, took.toNanos() / 1e6);
        }
    }

    @Test
    @Order(3)
    void asksTheDatabaseForFlagsOnOneNodeOnly() {
        assertThat(one.metric(QUERIES, LOADS)).isPositive();
        assertThat(two.metric(QUERIES, LOADS)).isZero();
        assertThat(two.dependency("postgres")).isEqualTo("unused");
    }

    @Test
    @Order(4)
    void refusesAPutThatExpectsAnOlderRevision() {
        long revision = two.putRuleset(Documents.colour("newest"));

        assertThat(one.putIfMatch(Documents.colour("late"), revision - 1).statusCode())
                .isEqualTo(412);
        assertThat(one.putIfMatch(Documents.colour("in time"), revision).statusCode())
                .isEqualTo(200);
    }

    @Test
    @Order(5)
    void findsAChangeThatNobodyToldItOf() {
        Neighbours.sql(database, "alter table variate.ruleset disable trigger tell_ruleset_revision");
        changeInDatabase("untold");
        Neighbours.sql(database, "alter table variate.ruleset enable trigger tell_ruleset_revision");

        Duration took = Await.until(
                "both serve it", Duration.ofSeconds(5), () -> serves(one, "untold") && serves(two, "untold"));
        System.out.printf("missed notification: served after %d ms%n", took.toMillis());
    }

    @Test
    @Order(6)
    void findsAChangeMadeWhileItsListenerWasCutOffAndListensAgain() {
        double listened = one.metric(QUERIES, LISTENS);
        Neighbours.sql(
                database,
                "select pg_terminate_backend(pid) from pg_stat_activity"
                        + " where datname = current_database() and query ilike 'listen variate_ruleset'",
                "update variate.flag set definition = '"
                        + Documents.colourFlag("unheard").encode() + "' where key = 'colour'",
                "update variate.ruleset set revision = revision + 1");

        Duration took = Await.until(
                "both serve it", Duration.ofSeconds(5), () -> serves(one, "unheard") && serves(two, "unheard"));
        System.out.printf("listener cut off: served after %d ms%n", took.toMillis());
        Await.until("listens again", Duration.ofSeconds(5), () -> one.metric(QUERIES, LISTENS) > listened);
        changeInDatabase("heard-again");
        Await.until("both serve it", SECOND, () -> serves(one, "heard-again") && serves(two, "heard-again"));
    }

    @Test
    @Order(7)
    void goesOnReadingAndListeningWhenTheLeaderIsKilled() {
        one.kill();
        changeInDatabase("after-the-kill");

        Duration took =
                Await.until("the other node serves it", Duration.ofSeconds(5), () -> serves(two, "after-the-kill"));
        System.out.printf("takeover: change committed after kill -9 served after %d ms%n", took.toMillis());
        Await.until("listens", SECOND, () -> two.metric(QUERIES, LISTENS) > 0);
        changeInDatabase("heard-of");
        Duration heard = Await.until("the other node hears of it", SECOND, () -> serves(two, "heard-of"));
        System.out.printf("takeover: next change served after %.1f ms%n", heard.toNanos() / 1e6);
        assertThat(two.dependency("postgres")).isEqualTo("up");
    }

    private static boolean serves(JarNode node, String value) {
        return node.vardata(Documents.KEY, Map.of("user_id", "u")).body().equals(Documents.colourAnswer(value));
    }

    private static void changeInDatabase(String value) {
        Neighbours.sql(
                database,
                "update variate.flag set definition = '"
                        + Documents.colourFlag(value).encode() + "' where key = 'colour'",
                "update variate.ruleset set revision = revision + 1");
    }
}
