package io.variate.it.attack;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.harness.Footprint;
import io.variate.it.harness.LongRun;
import io.variate.testing.Await;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * No client can stop a node or keep it from serving others. Each test runs an attack of {@link Attacks} on a node with the
 * heap of the image, directly or through HAProxy, while honest clients send 200 requests per second.
 *
 * <p>In the profile {@code long}, every attack lasts a minute and has ten times the connections that once stopped a node. The
 * default form runs two attacks of each kind for three seconds, one directly and one through HAProxy. It requires 97 % of
 * answers and only prints the p99. The system property {@code variate.attacks} selects attacks by a pattern, such as
 * {@code http2/.* directly}, and {@code variate.attacks.seconds} sets their duration.
 */
@Tag("alone")
class AttackIT {
    private static final boolean AT_LENGTH =
            LongRun.either(Duration.ZERO, Duration.ofMinutes(1)).compareTo(Duration.ZERO) > 0;

    private static final Duration TIME =
            Duration.ofSeconds(Integer.getInteger("variate.attacks.seconds", AT_LENGTH ? 60 : 3));

    /** Asserted in the long form only: on a busy machine the p99 of a few seconds measures the machine. */
    private static final long MOST_MILLIS = 500;

    private static final double LEAST_SHARE = AT_LENGTH ? 0.99 : 0.97;

    private static final Duration READINESS = LongRun.either(Duration.ofSeconds(5), Duration.ofSeconds(1));

    /** HAProxy keeps idle connections to the node for the next requests; an attack opens thousands. */
    private static final int IDLE_CONNECTIONS = 300;

    private static final String DIRECTLY = "directly";
    private static final String BALANCED = "through HAProxy";
    private static final long MIB = 1 << 20;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    private static @Nullable Arena arena;

    static Stream<Arguments> attacks() {
        String picked = System.getProperty("variate.attacks");
        Map<String, Integer> seen = new HashMap<>();
        return Attacks.all().stream()
                .flatMap(attack -> Stream.of(DIRECTLY, BALANCED)
                        .filter(way -> way.equals(DIRECTLY) || attack.door() == Attack.Door.PUBLIC)
                        .map(way -> Arguments.of(attack.name(), way)))
                .filter(attack -> {
                    String name = attack.get()[0] + " " + attack.get()[1];
                    if (picked != null) {
                        return Pattern.compile(picked).matcher(name).find();
                    }
                    // The short form runs the first of each kind directly, and the second through HAProxy.
                    String kind = name.replaceAll("/.* ", " ");
                    return AT_LENGTH || seen.merge(kind, 1, Integer::sum) == (name.endsWith(DIRECTLY) ? 1 : 2);
                });
    }

    @AfterAll
    static void end() {
        if (arena != null) {
            arena.close();
            arena = null;
        }
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("attacks")
    void aNodeServesHonestClientsDuringAnAttack(String name, String way) {
        boolean balanced = way.equals(BALANCED);
        Attack attack = Attacks.named(name);
        Arena open = arena();
        try (HonestClients variants = HonestClients.start(open.port(balanced), HonestClients.Kind.VARIANTS, 200);
                HonestClients events = HonestClients.start(open.port(balanced), HonestClients.Kind.EVENTS, 20)) {
            Await.value("honest clients are served", Duration.ofSeconds(30), variants::answered, seen -> seen > 100);
            Footprint before = open.footprint();
            ReadinessWatch readiness = ReadinessWatch.start(open.node().adminPort());
            Swarm.Result result;
            try (readiness) {
                result = open.attack(attack, attack.connections(AT_LENGTH), balanced, TIME, () -> {
                    variants.reset();
                    events.reset();
                });
            }
            HonestClients.Report asked = variants.endPeriod();
            HonestClients.Report sent = events.endPeriod();
            System.out.printf(
                    "%s %s: %s%n  variants: %s%n  events: %s%n  %s%n", name, way, result, asked, sent, readiness);

            assertThat(result.opened()).as("connections of the attackers").isPositive();
            SoftAssertions softly = new SoftAssertions();
            softly.assertThat(open.isAlive()).as("the node lives").isTrue();
            softly.assertThat(asked.isComplete()).as("all variants requested").isTrue();
            softly.assertThat(sent.isComplete()).as("all events sent").isTrue();
            softly.assertThat(asked.share()).as("variants answered").isGreaterThanOrEqualTo(LEAST_SHARE);
            if (AT_LENGTH) {
                softly.assertThat(asked.p99Millis()).as("p99 of variants").isLessThanOrEqualTo(MOST_MILLIS);
            }
            softly.assertThat(sent.share()).as("events taken").isGreaterThanOrEqualTo(LEAST_SHARE);
            softly.assertThat(readiness.failed()).as("readiness failed").isZero();
            softly.assertThat(readiness.slowestMillis()).as("readiness").isLessThan(READINESS.toMillis());
            softly.assertAll();
            awaitRecovery(open, before);
        }
    }

    /**
     * Waits until memory and connections are back where they were, while honest clients continue. The allocator may keep some
     * chunks of direct memory.
     */
    private static void awaitRecovery(Arena open, Footprint before) {
        Footprint[] last = new Footprint[1];
        try {
            Await.until("memory is back", Duration.ofSeconds(30), () -> {
                Footprint after = open.footprint();
                last[0] = after;
                return after.heap() < before.heap() + before.heap() / 5 + 16 * MIB
                        && after.direct() < before.direct() + 128 * MIB
                        && after.files() < before.files() + IDLE_CONNECTIONS;
            });
        } finally {
            System.out.printf("  before %s%n  after  %s%n", before, last[0]);
        }
    }

    /** The node of the previous attack, or a new one if that attack has harmed it. */
    private static Arena arena() {
        Arena present = arena;
        if (present != null && present.isAlive() && isReady(present)) {
            return present;
        }
        if (present != null) {
            present.close();
        }
        arena = null;
        Arena fresh = Arena.open(directory);
        arena = fresh;
        return fresh;
    }

    private static boolean isReady(Arena present) {
        try {
            return present.node().readiness().statusCode() == 200;
        } catch (RuntimeException e) {
            return false;
        }
    }
}
