package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.BalancedLoad.Failure;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** A node without evaluators asks three that have some, with the timeout as it comes, and those go. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class EvaluatorFaultsIT {
    private static final String FRONT = "front";
    private static final int PER_SECOND = 100;

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
        fleet.settings(FRONT).set("node.roles", "http").set("postgres.uri", "");
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
    @Order(1)
    void anEvaluatorThatIsStoppedInOrderIsNotNoticed() {
        try (BalancedLoad load = BalancedLoad.start(BALANCER, PER_SECOND, "term")) {
            load.awaitMore(PER_SECOND);
            assertThat(fleet.node("three").terminate(Fleet.SOON)).isEqualTo(143);
            load.awaitMore(PER_SECOND);
            fleet.start("three");
            load.awaitMore(PER_SECOND);
            load.stop();

            assertThat(load.failures()).isEmpty();
            assertNothingElse("SIGTERM", load);
        }
    }

    @Test
    @Order(2)
    void anEvaluatorThatIsKilledIsAskedInVainAndThenAnotherOne() {
        try (BalancedLoad load = BalancedLoad.start(BALANCER, PER_SECOND, "kill")) {
            load.awaitMore(PER_SECOND);
            fleet.node("two").kill();
            load.awaitMore(2 * PER_SECOND);
            fleet.start("two");
            load.awaitMore(PER_SECOND);
            load.stop();

            assertThat(load.failures()).isEmpty();
            assertNothingElse("kill -9", load);
        }
    }

    @Test
    @Order(3)
    void twoEvaluatorsOfThreeAreKilledAtOnce() {
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
            assertNothingElse("kill -9 of two", load);
        }
    }

    @Test
    @Order(4)
    void anEvaluatorThatHangsIsAskedInVainAndThenAnotherOne() {
        Duration pause = LongRun.either(Duration.ofSeconds(3), Duration.ofSeconds(20));
        try (BalancedLoad load = BalancedLoad.start(BALANCER, PER_SECOND, "stop")) {
            load.awaitMore(PER_SECOND);
            long moment = System.nanoTime();
            fleet.node("three").process().sendSignal("STOP");
            Await.until(
                    "the pause is over", pause.multipliedBy(2), () -> System.nanoTime() - moment >= pause.toNanos());
            fleet.node("three").process().sendSignal("CONT");
            load.awaitMore(2 * PER_SECOND);
            load.stop();

            assertThat(load.failures()).isEmpty();
            assertNothingElse("SIGSTOP", load);
        }
    }

    private static void assertNothingElse(String fault, BalancedLoad load) {
        assertThat(load.wrong()).isEmpty();
        Journal journal = fleet.assertNothingLost(load.answers());
        System.out.printf(
                "evaluators, %s: %d answers, failed %s; in Kafka %d assignments, of them %d again, and %d further copies%n",
                fault,
                load.answered(),
                load.failures().stream().map(Failure::what).toList(),
                journal.size(),
                journal.repeats(),
                journal.copies());
    }
}
