package io.variate.assignments.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is there after the process was killed in the middle of its work, as {@code kill -9} does. */
@Tag("slow")
class SpoolKillTest {
    private static final int ROUNDS = 10;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void losesNoAcknowledgedRecordWheneverItIsKilled() throws Exception {
        Random random = new Random(20260101);
        long next = 0;
        for (int round = 0; round < ROUNDS; round++) {
            Set<String> acknowledged = new HashSet<>();
            Set<String> delivered = new HashSet<>();
            runAndKill(round, 1000 + random.nextInt(20_000), acknowledged, delivered);

            Opening.Opened opened = Spools.open(SpoolUser.settings(directory));
            try (Spool spool = opened.spool()) {
                SpoolStatus status = spool.status();
                List<String> found = Spools.values(Spools.pollAll(spool));

                assertThat(acknowledged).isNotEmpty();
                assertThat(found).doesNotHaveDuplicates().hasSize((int) status.records());
                Set<String> missing = new HashSet<>(acknowledged);
                missing.removeAll(delivered);
                found.forEach(missing::remove);
                assertThat(missing)
                        .as("acknowledged, and lost in round %d", round)
                        .isEmpty();
                assertThat(status.losses().dropped() + status.losses().damaged())
                        .isZero();
                // Each of the two appenders can have been in the middle of one record.
                assertThat(opened.recovery().lost().torn()).isLessThanOrEqualTo(2);
                assertThat(opened.recovery().unreadable()).isEmpty();
                assertThat(opened.recovery().checkpointLost()).isFalse();
                assertThat(status.next()).isGreaterThanOrEqualTo(next + acknowledged.size());
                next = status.next();
                spool.commit(next, new byte[0]);
            }
        }
    }

    private void runAndKill(int round, int lines, Set<String> acknowledged, Set<String> delivered)
            throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-Xmx128m",
                        SpoolUser.class.getName(),
                        directory.toString(),
                        Integer.toString(round))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            int seen = 0;
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                (line.startsWith("appended ") ? acknowledged : delivered).add(line.substring(line.indexOf(' ') + 1));
                seen++;
                if (seen == lines) {
                    // Unlike that of the process itself, this leaves its output to be read.
                    process.toHandle().destroyForcibly();
                }
            }
        }
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as("killed").isEqualTo(128 + 9);
    }
}
