package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.harness.BalancedLoad;
import io.variate.it.harness.Balancer;
import io.variate.it.harness.Fleet;
import io.variate.it.harness.Generations;
import io.variate.it.harness.LongRun;
import io.variate.it.harness.Neighbours;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node without an evaluator uses three evaluator nodes, which stop, crash and hang. */
class EvaluatorFaultsIT {
    private static final String FRONT = "front";
    private static final int PER_SECOND = 100;

    /** The default in the long form. The short form is longer, so that a slow machine causes no timeout. */
    private static final Duration TIMEOUT = LongRun.either(Duration.ofSeconds(4), Duration.ofMillis(400));

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static Fleet fleet;

    private static final Balancer BALANCER = new Balancer();

    @BeforeAll
    static void startFourNodes() {
        fleet = new Fleet(
                directory,
                Neighbours.kafka().bootstrapServers(),
                List.of("one", "two", "three", FRONT),
                settings -> settings.set("node.roles", "evaluator,analytics"));
        fleet.settings(FRONT)
                .set("node.roles", "http")
                .set("postgres.uri", "")
                .set("evaluation.timeout", TIMEOUT.toMillis() + "ms");
        fleet.start("one").putRuleset(Generations.document(1));
        List.of("two", "three", FRONT).forEach(fleet::launch);
        List.of("two", "three", FRONT)
                .forEach(name -> fleet.node(name).awaitUp().awaitReady());
        fleet.awaitGeneration(1, Fleet.SOON, Set.of(FRONT));
        BALANCER.put(FRONT, fleet.node(FRONT));
        warmUp();
    }

    /** The first requests of a JVM take longer than the timeout on a busy machine. */
    private static void warmUp() {
        try (BalancedLoad load = BalancedLoad.start(BALANCER, PER_SECOND, "warm-up")) {
            load.awaitMore(4 * PER_SECOND);
            load.stop();
        }
    }

    @AfterAll
    static void stop() {
        BALANCER.close();
        fleet.close();
    }

    @Test
    void aGracefulEvaluatorShutdownFailsNoRequest() {
        try (BalancedLoad load = BalancedLoad.start(BALANCER, PER_SECOND, "term")) {
            load.awaitMore(PER_SECOND);
            assertThat(fleet.node("three").terminate(Fleet.SOON)).isEqualTo(143);
            load.awaitMore(PER_SECOND);
            fleet.start("three");
            load.awaitMore(PER_SECOND);
            load.stop();

            assertThat(load.failures()).isEmpty();
            fleet.assertNothingElse("evaluators, SIGTERM", load);
        }
    }

    @Test
    void requestsToAKilledEvaluatorAreRetriedElsewhere() {
        try (BalancedLoad load = BalancedLoad.start(BALANCER, PER_SECOND, "kill")) {
            load.awaitMore(PER_SECOND);
            fleet.node("two").kill();
            load.awaitMore(2 * PER_SECOND);
            fleet.start("two");
            load.awaitMore(PER_SECOND);
            load.stop();

            assertThat(load.failures()).isEmpty();
            fleet.assertNothingElse("evaluators, kill -9", load);
        }
    }

    @Test
    void noRequestFailsWhenTwoOfThreeEvaluatorsAreKilled() {
        try (BalancedLoad load = BalancedLoad.start(BALANCER, PER_SECOND, "two")) {
            load.awaitMore(PER_SECOND);
            fleet.node("two").process().sendSignal("KILL");
            fleet.node("three").process().sendSignal("KILL");
            load.awaitMore(3 * PER_SECOND);
            fleet.start("two");
            fleet.start("three");
            load.awaitMore(PER_SECOND);
            load.stop();

            assertThat(load.failures()).isEmpty();
            fleet.assertNothingElse("evaluators, kill -9 of two", load);
        }
    }

    @Test
    void requestsToASuspendedEvaluatorAreRetriedElsewhere() {
        // Longer than any request timeout.
        Duration pause = LongRun.either(TIMEOUT.plusSeconds(1), Duration.ofSeconds(20));
        try (BalancedLoad load = BalancedLoad.start(BALANCER, PER_SECOND, "stop")) {
            load.awaitMore(PER_SECOND);
            fleet.pause("three", pause, () -> {});
            load.awaitMore(2 * PER_SECOND);
            load.stop();

            assertThat(load.failures()).isEmpty();
            fleet.assertNothingElse("evaluators, SIGSTOP", load);
        }
    }
}
