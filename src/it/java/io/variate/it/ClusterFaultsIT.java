package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.harness.BalancedLoad;
import io.variate.it.harness.Balancer;
import io.variate.it.harness.Fleet;
import io.variate.it.harness.Generations;
import io.variate.it.harness.LongRun;
import io.variate.it.harness.Neighbours;
import io.variate.testing.Await;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three nodes behind a balancer: when one fails, only requests on its connections fail,
 * no answer is wrong, and every answered assignment reaches Kafka.
 */
@Tag("alone")
class ClusterFaultsIT {
    private static final List<String> NAMES = List.of("one", "two", "three");
    private static final int PER_SECOND = 200;

    /** The time within which the balancer detects a killed or suspended node. */
    private static final Duration MOMENT = Duration.ofSeconds(2);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static Fleet fleet;

    private static final Balancer BALANCER = new Balancer();

    @BeforeAll
    static void startThreeNodes() {
        fleet = new Fleet(directory, Neighbours.kafka().bootstrapServers(), NAMES, UnaryOperator.identity());
        int generation = fleet.nextGeneration();
        fleet.start("one").putRuleset(Generations.document(generation));
        fleet.launch("two");
        fleet.launch("three");
        fleet.node("two").awaitUp().awaitReady();
        fleet.node("three").awaitUp().awaitReady();
        fleet.awaitGeneration(generation, Fleet.SOON, Set.copyOf(NAMES));
        NAMES.forEach(name -> BALANCER.put(name, fleet.node(name)));
    }

    @AfterAll
    static void stop() {
        BALANCER.close();
        fleet.close();
    }

    @Test
    void aKilledNodeFailsOnlyRequestsOnItsConnections() {
        try (BalancedLoad load = BalancedLoad.start(BALANCER, PER_SECOND, "kill")) {
            load.awaitMore(PER_SECOND);
            long moment = System.nanoTime();
            fleet.node("three").kill();
            load.awaitMore(2 * PER_SECOND);
            BALANCER.put("three", fleet.start("three"));
            awaitHealthy("three");
            load.awaitMore(PER_SECOND);
            load.stop();

            assertOnlyOn("three", moment, MOMENT, load);
            fleet.assertNothingElse("kill -9", load);
        }
    }

    @Test
    void aSuspendedNodeFailsOnlyItsInFlightRequestsAndCatchesUp() {
        // Long enough for the others to consider it dead.
        Duration pause = LongRun.either(Duration.ofSeconds(8), Duration.ofSeconds(20));
        try (BalancedLoad load = BalancedLoad.start(BALANCER, PER_SECOND, "stop")) {
            load.awaitMore(PER_SECOND);
            int generation = fleet.nextGeneration();
            long moment = System.nanoTime();
            // The leader, which reads the database.
            fleet.pause("one", pause, () -> {
                fleet.node("two").putRuleset(Generations.document(generation));
                load.awaitMore(PER_SECOND);
            });
            Duration took = fleet.awaitGeneration(generation, Fleet.SOON, Set.copyOf(NAMES));
            System.out.printf("SIGSTOP: all serve the newest revision %d ms after the pause%n", took.toMillis());
            awaitHealthy("one");
            load.awaitMore(PER_SECOND);
            load.stop();

            assertOnlyOn("one", moment, MOMENT, load);
            fleet.assertNothingElse("SIGSTOP", load);
        }
    }

    @Test
    void aRollingRestartFailsNoRequest() {
        try (BalancedLoad load = BalancedLoad.start(BALANCER, PER_SECOND, "roll")) {
            for (String name : NAMES) {
                load.awaitMore(PER_SECOND / 2);
                assertThat(fleet.node(name).terminate(Fleet.SOON)).isEqualTo(143);
                BALANCER.put(name, fleet.start(name));
                awaitHealthy(name);
            }
            load.awaitMore(PER_SECOND);
            load.stop();

            assertThat(load.failures()).isEmpty();
            fleet.assertNothingElse("rolling", load);
        }
    }

    @Test
    void onlyWritesFailDuringADatabaseOutage() {
        Duration outage = LongRun.either(Duration.ofSeconds(3), Duration.ofMinutes(2));
        try (BalancedLoad load = BalancedLoad.start(BALANCER, PER_SECOND, "outage")) {
            load.awaitMore(PER_SECOND);
            int refusedGeneration = fleet.nextGeneration();
            long moment = System.nanoTime();
            Neighbours.postgres().stop();
            try {
                for (String name : NAMES) {
                    HttpResponse<String> refused = fleet.node(name).put(Generations.document(refusedGeneration));
                    assertThat(refused.statusCode()).isEqualTo(503);
                    JsonObject error = new JsonObject(refused.body()).getJsonObject("error");
                    assertThat(error.getString("code")).isEqualTo("database_unavailable");
                    assertThat(error.getString("message")).contains("PostgreSQL");
                }
                Await.until(
                        "the outage is over",
                        outage.multipliedBy(2),
                        () -> System.nanoTime() - moment >= outage.toNanos());
                for (String name : NAMES) {
                    assertThat(fleet.node(name).readiness().statusCode()).isEqualTo(200);
                }
                load.awaitMore(PER_SECOND);
            } finally {
                Neighbours.postgres().restart();
            }
            // Before any node has reconnected its listener.
            int bySql = fleet.nextGeneration();
            Neighbours.sql(fleet.database(), Generations.statements(bySql));
            Duration took = fleet.awaitGeneration(bySql, Fleet.SOON, Set.copyOf(NAMES));
            System.out.printf("PostgreSQL back: a change is on all nodes after %d ms%n", took.toMillis());
            int byPut = fleet.nextGeneration();
            fleet.node("two").putRuleset(Generations.document(byPut));
            fleet.awaitGeneration(byPut, Fleet.SOON, Set.copyOf(NAMES));
            load.awaitMore(PER_SECOND);
            load.stop();

            assertThat(load.failures()).isEmpty();
            fleet.assertNothingElse("PostgreSQL away", load);
        }
    }

    private static void awaitHealthy(String name) {
        Await.until(name + " gets requests", Fleet.SOON, () -> BALANCER.isHealthy(name));
    }

    private static void assertOnlyOn(String name, long from, Duration atMost, BalancedLoad load) {
        long first = from - MOMENT.toNanos();
        long last = from + atMost.toNanos();
        assertThat(load.failures()).allSatisfy(failure -> {
            assertThat(failure.node()).as("%s", failure).isEqualTo(name);
            assertThat(failure.sent()).as("%s", failure).isBetween(first, last);
        });
        // One for each connection.
        assertThat(load.failures()).hasSizeLessThanOrEqualTo(BalancedLoad.CLIENTS);
    }
}
