package io.variate.rulesets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.variate.rulesets.rows.Revision;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowChanges;
import io.variate.rulesets.rows.RowKey;
import io.variate.rulesets.rows.RowKind;
import io.variate.rulesets.rows.RowSet;
import io.variate.rulesets.rows.RulesetRows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RulesetSnapshotTest {
    private static final RulesetRows RULESET = ruleset(7, "ü");

    @TempDir
    Path directory;

    @Test
    void readsWhatWasWritten() throws IOException {
        snapshot().write(RULESET);
        assertThat(snapshot().read()).isEqualTo(RULESET);
    }

    @Test
    void keepsTheLastRulesetOnly() throws IOException {
        snapshot().write(RULESET);
        snapshot().write(ruleset(8, "other"));
        assertThat(snapshot().read()).isEqualTo(ruleset(8, "other"));
        assertThat(directory).isDirectoryContaining(file -> file.endsWith("ruleset.snapshot"));
    }

    @Test
    void ignoresALateWriteOfAnOlderRuleset() throws IOException {
        RulesetSnapshot snapshot = snapshot();
        snapshot.write(ruleset(8, "other"));
        snapshot.write(RULESET);
        assertThat(snapshot.read()).isEqualTo(ruleset(8, "other"));
    }

    @Test
    void keepsTheNewestOfConcurrentWrites() throws IOException {
        RulesetSnapshot snapshot = snapshot();
        List<CompletableFuture<Void>> writes = IntStream.range(0, 50)
                .mapToObj(revision -> CompletableFuture.runAsync(() -> {
                    try {
                        snapshot.write(ruleset(revision, "at " + revision));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }))
                .toList();

        assertThat(writes).allSatisfy(write -> assertThat(write).succeedsWithin(Duration.ofSeconds(30)));
        assertThat(snapshot.read()).isEqualTo(ruleset(49, "at 49"));
    }

    @Test
    void isEmptyBeforeTheFirstWrite() throws IOException {
        assertThat(snapshot().read()).isNull();
    }

    @Test
    void createsAMissingDirectory() throws IOException {
        RulesetSnapshot nested = new RulesetSnapshot(directory.resolve("a/b"));
        nested.write(RULESET);
        assertThat(nested.read()).isEqualTo(RULESET);
    }

    @Test
    void detectsAFlippedBit() throws IOException {
        snapshot().write(RULESET);
        byte[] content = Files.readAllBytes(file());
        content[content.length - 3] ^= 1;
        Files.write(file(), content);
        assertThatThrownBy(() -> snapshot().read())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("damaged");
    }

    @Test
    void detectsATruncatedFile() throws IOException {
        snapshot().write(RULESET);
        byte[] content = Files.readAllBytes(file());
        Files.write(file(), Arrays.copyOf(content, content.length - 5));
        assertThatThrownBy(() -> snapshot().read())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("damaged");
    }

    @Test
    void rejectsAFileOfAnotherFormat() throws IOException {
        for (String content : new String[] {"", "hello", "variate-ruleset-3\n{}", "variate-ruleset-2 7 1\n{}", "x\n"}) {
            Files.write(file(), content.getBytes(StandardCharsets.UTF_8));
            assertThatThrownBy(() -> snapshot().read())
                    .as(content)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("is not a ruleset snapshot");
        }
    }

    @Test
    void aBurstOfChangesAppendsOnlyTheChanges() throws IOException {
        RulesetSnapshot snapshot = snapshot();
        RowSet rows = RowSet.of(IntStream.range(0, 1_000)
                .mapToObj(i -> row("flag-" + i, noise(i, 500)))
                .toList());
        snapshot.write(RulesetRows.of("db", 1, rows));
        long base = Files.size(file());
        for (int revision = 2; revision <= 101; revision++) {
            rows = rows.apply(new RowChanges(List.of(), List.of(row("flag-" + revision, noise(-revision, 500)))));
            snapshot.write(RulesetRows.of("db", revision, rows));
        }
        assertThat(Files.size(file()) - base).isLessThan(base / 2);
        assertThat(snapshot().read()).isEqualTo(RulesetRows.of("db", 101, rows));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
    }

    @Test
    void replacesTheFileWhenItsChangesOutgrowTheRuleset() throws IOException {
        RulesetSnapshot snapshot = snapshot();
        for (int revision = 1; revision <= 30; revision++) {
            snapshot.write(ruleset(revision, noise(revision, 100_000)));
        }
        assertThat(Files.size(file())).isLessThan(RulesetSnapshot.MIN_CHANGES_BYTES + 300_000L);
        assertThat(snapshot().read()).isEqualTo(ruleset(30, noise(30, 100_000)));
    }

    @Test
    void usesTheChangesBeforeADamagedOne() throws IOException {
        RulesetSnapshot snapshot = snapshot();
        List<Integer> ends = new ArrayList<>();
        for (int revision = 1; revision <= 4; revision++) {
            snapshot.write(ruleset(revision, "at " + revision));
            ends.add((int) Files.size(file()));
        }
        byte[] whole = Files.readAllBytes(file());
        for (int length = ends.get(0); length < whole.length; length++) {
            int end = length;
            long complete = ends.stream().filter(each -> each <= end).count();
            Files.write(file(), Arrays.copyOf(whole, length));
            assertThat(snapshot().read())
                    .as("cut after %d bytes", length)
                    .isEqualTo(ruleset(complete, "at " + complete));
        }
        byte[] flipped = whole.clone();
        flipped[ends.get(2) - 1] ^= 1;
        Files.write(file(), flipped);
        assertThat(snapshot().read()).isEqualTo(ruleset(2, "at 2"));
    }

    @Test
    void writesTheNextChangeOverATornOne() throws IOException {
        RulesetSnapshot before = snapshot();
        before.write(ruleset(1, "one"));
        before.write(ruleset(2, "two"));
        byte[] whole = Files.readAllBytes(file());
        Files.write(file(), Arrays.copyOf(whole, whole.length - 1));
        RulesetSnapshot after = snapshot();
        assertThat(after.read()).isEqualTo(ruleset(1, "one"));
        after.write(ruleset(3, "three"));
        assertThat(snapshot().read()).isEqualTo(ruleset(3, "three"));
    }

    @Test
    void replacesAFileThatWasRemovedOrIsOfALaterRevision() throws IOException {
        RulesetSnapshot snapshot = snapshot();
        snapshot.write(ruleset(8, "eight"));
        Files.delete(file());
        snapshot.write(ruleset(9, "nine"));
        RulesetSnapshot restarted = snapshot();
        assertThat(restarted.read()).isEqualTo(ruleset(9, "nine"));
        restarted.write(ruleset(3, "three"));
        assertThat(snapshot().read()).isEqualTo(ruleset(3, "three"));
    }

    @Test
    void readsADocumentOfThePreviousFormat() throws IOException {
        String json = "{\"revision\":4,\"cohorts\":[{\"id\":\"c\",\"memberIds\":[\"ü\"]}]}";
        byte[] document = json.getBytes(StandardCharsets.UTF_8);
        CRC32C checksum = new CRC32C();
        checksum.update(document);
        Files.writeString(file(), "variate-ruleset-1 7 " + checksum.getValue() + "\n" + json);
        RulesetRows found = Objects.requireNonNull(snapshot().read());
        assertThat(found.revision().number()).isEqualTo(7);
        assertThat(found.revision().history()).isEqualTo(Revision.UNKNOWN_HISTORY);
        assertThat(found.rows().all()).singleElement().satisfies(row -> assertThat(row.definition())
                .contains("ü"));
        Files.writeString(file(), "variate-ruleset-1 7 1\n" + json);
        assertThatThrownBy(() -> snapshot().read()).hasMessageContaining("damaged");
    }

    @Test
    void readsTenThousandFlagsInUnderASecond() throws IOException {
        RulesetRows large = RulesetRows.of(
                "db",
                1,
                RowSet.of(IntStream.range(0, 10_000)
                        .mapToObj(i -> row("flag-" + i, noise(i, 1_700)))
                        .toList()));
        snapshot().write(large);
        long start = System.nanoTime();
        assertThat(snapshot().read()).isEqualTo(large);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
    }

    private static RulesetRows ruleset(long revision, String text) {
        return RulesetRows.of("db", revision, RowSet.of(List.of(row("flag", text))));
    }

    private static Row row(String key, String text) {
        return new Row(new RowKey(RowKind.FLAG, "", key), 1, "{\"key\":\"" + text + "\"}");
    }

    /** Text that does not compress well. */
    private static String noise(long seed, int length) {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder();
        while (text.length() < length) {
            text.append(Long.toHexString(random.nextLong()));
        }
        return text.toString();
    }

    private Path file() {
        return directory.resolve("ruleset.snapshot");
    }

    private RulesetSnapshot snapshot() {
        return new RulesetSnapshot(directory);
    }
}
