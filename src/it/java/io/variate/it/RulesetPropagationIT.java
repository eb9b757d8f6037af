package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.harness.Documents;
import io.variate.it.harness.Fleet;
import io.variate.it.harness.JarNode;
import io.variate.it.harness.Neighbours;
import io.variate.testing.Await;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A change of the ruleset reaches every node of a cluster, whichever nodes live; {@link PropagationDelayIT} shows how soon.
 */
class RulesetPropagationIT {
    private static final String LOADS = "query=\"load\"";
    private static final String LISTENS = "outcome=\"ok\",query=\"listen\"";
    private static final String QUERIES = "variate_postgres_queries_total";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static Fleet fleet;

    @SuppressWarnings("NullAway.Init")
    private static JarNode one;

    @SuppressWarnings("NullAway.Init")
    private static JarNode two;

    @BeforeAll
    static void startTwoNodes() {
        fleet = new Fleet(directory, List.of("one", "two"), settings -> settings.set("rulesets.check-interval", "1s"));
        one = fleet.launch("one").awaitUp();
        Duration alone = one.awaitReady();
        two = fleet.launch("two").awaitUp();
        System.out.printf(
                "ready: first clustered node %d ms, joining node %d ms%n",
                alone.toMillis(), two.awaitReady().toMillis());
    }

    @AfterAll
    static void stop() {
        fleet.close();
    }

    @Test
    void changesReachBothNodes() {
        servesARulesetOnBothNodesAfterItsPutOnEither();
        servesAChangeMadeBySqlOnBothNodes();
        onlyTheLeaderReadsTheDatabase();
        rejectsAPutThatExpectsAnOlderRevision();
        findsAChangeWithoutANotification();
        findsAChangeMadeWhileDisconnectedAndListensAgain();
        aNewLeaderReadsAndListensAfterTheLeaderIsKilled();
    }

    private static void servesARulesetOnBothNodesAfterItsPutOnEither() {
        for (int round = 0; round < 5; round++) {
            for (JarNode written : List.of(one, two)) {
                String value = "put-" + round + "-on-" + (written == one ? "one" : "two");
                written.putRuleset(Documents.colour(value));

                Duration took =
                        Await.until("both serve " + value, Fleet.SOON, () -> serves(one, value) && serves(two, value));
                System.out.printf("propagation: %s after its answer %.1f ms%n", value, took.toNanos() / 1e6);
            }
        }
    }

    private static void servesAChangeMadeBySqlOnBothNodes() {
        for (int round = 0; round < 5; round++) {
            String value = "sql-" + round;
            changeInDatabase(value);

            Duration took =
                    Await.until("both serve " + value, Fleet.SOON, () -> serves(one, value) && serves(two, value));
            System.out.printf("propagation: %s after its commit %.1f ms%n", value, took.toNanos() / 1e6);
        }
    }

    private static void onlyTheLeaderReadsTheDatabase() {
        assertThat(one.metric(QUERIES, LOADS)).isPositive();
        assertThat(two.metric(QUERIES, LOADS)).isZero();
        assertThat(two.dependency("postgres")).isEqualTo("unused");
    }

    private static void rejectsAPutThatExpectsAnOlderRevision() {
        long revision = two.putRuleset(Documents.colour("newest"));

        assertThat(one.putIfMatch(Documents.colour("late"), revision - 1).statusCode())
                .isEqualTo(412);
        assertThat(one.putIfMatch(Documents.colour("in time"), revision).statusCode())
                .isEqualTo(200);
    }

    private static void findsAChangeWithoutANotification() {
        Neighbours.sql(fleet.database(), "alter table variate.ruleset disable trigger tell_ruleset_revision");
        changeInDatabase("untold");
        Neighbours.sql(fleet.database(), "alter table variate.ruleset enable trigger tell_ruleset_revision");

        Duration took = Await.until(
                "both nodes serve the change", Fleet.SOON, () -> serves(one, "untold") && serves(two, "untold"));
        System.out.printf("missed notification: served after %d ms%n", took.toMillis());
    }

    private static void findsAChangeMadeWhileDisconnectedAndListensAgain() {
        double listened = one.metric(QUERIES, LISTENS);
        Neighbours.sql(
                fleet.database(),
                "select pg_terminate_backend(pid) from pg_stat_activity"
                        + " where datname = current_database() and query ilike 'listen variate_ruleset'",
                "update variate.flag set definition = '"
                        + Documents.colourFlag("unheard").encode() + "' where key = 'colour'",
                "update variate.ruleset set revision = revision + 1");

        Duration took = Await.until(
                "both nodes serve the change", Fleet.SOON, () -> serves(one, "unheard") && serves(two, "unheard"));
        System.out.printf("listener cut off: served after %d ms%n", took.toMillis());
        Await.value(
                "the listener has reconnected",
                Fleet.SOON,
                () -> one.metric(QUERIES, LISTENS),
                seen -> seen > listened);
        changeInDatabase("heard-again");
        Await.until(
                "both nodes serve the change",
                Fleet.SOON,
                () -> serves(one, "heard-again") && serves(two, "heard-again"));
    }

    private static void aNewLeaderReadsAndListensAfterTheLeaderIsKilled() {
        one.kill();
        changeInDatabase("after-the-kill");

        Duration took =
                Await.until("the other node serves the change", Fleet.SOON, () -> serves(two, "after-the-kill"));
        System.out.printf("takeover: change committed after kill -9 served after %d ms%n", took.toMillis());
        Await.value(
                "the node listens for notifications", Fleet.SOON, () -> two.metric(QUERIES, LISTENS), seen -> seen > 0);
        changeInDatabase("heard-of");
        Duration heard =
                Await.until("the other node receives the notification", Fleet.SOON, () -> serves(two, "heard-of"));
        System.out.printf("takeover: next change served after %.1f ms%n", heard.toNanos() / 1e6);
        assertThat(two.dependency("postgres")).isEqualTo("up");
    }

    private static boolean serves(JarNode node, String value) {
        return node.vardata(Documents.KEY, Map.of("user_id", "u")).body().equals(Documents.colourAnswer(value));
    }

    private static void changeInDatabase(String value) {
        Neighbours.sql(
                fleet.database(),
                "update variate.flag set definition = '"
                        + Documents.colourFlag(value).encode() + "' where key = 'colour'",
                "update variate.ruleset set revision = revision + 1");
    }
}
