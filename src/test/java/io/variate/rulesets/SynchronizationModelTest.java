package io.variate.rulesets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.variate.rulesets.document.KnownFlags;
import io.variate.rulesets.rows.RowSet;
import io.variate.rulesets.rows.RulesetRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * Random runs of {@link SimulatedCluster}. All nodes end with the ruleset of the database, and whatever they serve on the way
 * equals a compilation from scratch.
 *
 * <p>A failure names its seed. {@code -Dvariate.model.seed=42} repeats only that one, and {@code -Dvariate.model.seeds=9000}
 * sets the number of runs; the profile {@code long} has {@value #LONG_SEEDS}.
 */
class SynchronizationModelTest {
    private static final int SEEDS = 1_000;
    private static final int LONG_SEEDS = 20_000;
    private static final int STEPS = 40;
    private static final Logger LOG = (Logger) LoggerFactory.getLogger("io.variate.rulesets");

    private static @Nullable Level level;
    private static final SequentialVertx vertx = new SequentialVertx();

    @BeforeAll
    static void start() {
        level = LOG.getLevel();
        LOG.setLevel(Level.OFF);
    }

    @AfterAll
    static void stop() throws Exception {
        LOG.setLevel(level);
        vertx.stop();
    }

    @Test
    void allNodesEndWithTheRulesetOfTheDatabase() throws Exception {
        Integer only = Integer.getInteger("variate.model.seed");
        int first = only == null ? 0 : only;
        int end = only == null
                ? Integer.getInteger("variate.model.seeds", Boolean.getBoolean("variate.long") ? LONG_SEEDS : SEEDS)
                : only + 1;
        for (int seed = first; seed < end; seed++) {
            run(seed);
        }
    }

    @Test
    void aSeedRepeatsItsRun() throws Exception {
        for (int seed = 0; seed < 20; seed++) {
            assertThat(run(seed)).as("seed %d", seed).isEqualTo(run(seed));
        }
    }

    @Test
    void recognizesAnAnswerOfTwoRevisions() {
        String document = "{\"deployments\":[{\"key\":\"d\",\"type\":\"server\",\"flags\":[\"*\"]}],\"flags\":["
                + "{\"key\":\"left\",\"variants\":{\"on\":{\"key\":\"on\",\"payload\":1}},\"segments\":[{\"variant\":\"on\"}]},"
                + "{\"key\":\"right\",\"variants\":{\"on\":{\"key\":\"on\",\"payload\":2}},\"segments\":[{\"variant\":\"on\"}]}]}";
        ServedAnswers.requireOneRevision(
                Documents.compile(1, document.replace("\"payload\":2", "\"payload\":1"), ServedAnswers.ZONE));
        Ruleset mixed = Documents.compile(1, document, ServedAnswers.ZONE);
        assertThatThrownBy(() -> ServedAnswers.requireOneRevision(mixed)).isInstanceOf(AssertionError.class);
    }

    @Test
    void theRandomChangesReachEveryKindOfRow() {
        RandomChange changes = new RandomChange(new Random(1));
        RowSet rows = RowSet.EMPTY;
        int edits = 0;
        int largest = 0;
        for (int i = 0; i < 100; i++) {
            RowSet next = changes.applyTo(rows, KnownFlags.NONE);
            edits += next.equals(rows) ? 0 : 1;
            rows = next;
            ServedAnswers answers = ServedAnswers.expected(RulesetRows.of("h", i, rows));
            largest = Math.max(largest, answers.deployments().size());
        }
        assertThat(edits).isGreaterThan(50);
        assertThat(largest).isGreaterThanOrEqualTo(3);
    }

    private static String run(int seed) throws Exception {
        Path directory = Files.createTempDirectory(memory(), "variate-model");
        try {
            return run(new SimulatedCluster(vertx, new Random(seed), directory, seed % 4 == 3));
        } catch (AssertionError | Exception e) {
            throw new AssertionError("seed " + seed + ": repeat with -Dvariate.model.seed=" + seed, e);
        } finally {
            delete(directory);
        }
    }

    private static String run(SimulatedCluster cluster) throws Exception {
        try {
            return cluster.run(STEPS);
        } finally {
            cluster.stop();
        }
    }

    /** Forcing files to a disk would take most of the time. */
    private static Path memory() {
        Path memory = Path.of("/dev/shm");
        return Files.isWritable(memory) ? memory : Path.of(System.getProperty("java.io.tmpdir"));
    }

    private static void delete(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }
}
