package io.variate.rulesets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.variate.rulesets.document.RulesetReader;
import io.variate.rulesets.rows.Revision;
import io.variate.rulesets.rows.RowSet;
import io.variate.rulesets.rows.RulesetReading;
import io.variate.rulesets.rows.RulesetRows;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileRulesetSourceTest {
    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private FileRulesetSource target = new FileRulesetSource(vertx, Path.of("unset"));
    private long time = 1_000_000_000_000L;

    @BeforeEach
    void create() {
        target = new FileRulesetSource(vertx, file());
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void hasTheRevisionOfTheDocument() throws Exception {
        write(document(7, "a"));
        assertThat(load(null)).isEqualTo(ruleset(7, "a"));
    }

    @Test
    void returnsNothingWhileTheTextIsUnchanged() throws Exception {
        write(document(7, "a"));
        RulesetRows served = load(null);
        write(document(7, "a"));
        assertThat(load(served)).isNull();
    }

    @Test
    void returnsNothingIfOnlyWhiteSpaceChanges() throws Exception {
        write(document(7, "a"));
        RulesetRows served = load(null);
        write(document(7, "a") + "\n");
        assertThat(load(served)).isNull();
    }

    @Test
    void anEditWithoutANewRevisionGetsTheNextOne() throws Exception {
        write(document(7, "a"));
        RulesetRows served = load(null);
        write(document(7, "b"));
        assertThat(load(served)).isEqualTo(ruleset(8, "b"));
    }

    @Test
    void aRevertedEditGetsANewRevisionToo() throws Exception {
        write(document(7, "a"));
        RulesetRows first = load(null);
        write(document(7, "b"));
        RulesetRows second = load(first);
        write(document(7, "a"));
        assertThat(load(second)).isEqualTo(ruleset(9, "a"));
    }

    @Test
    void theSameFlagsWithAHigherRevisionGetThatRevision() throws Exception {
        write(document(7, "a"));
        RulesetRows served = load(null);
        write(document(8, "a"));
        assertThat(load(served)).isEqualTo(ruleset(8, "a"));
    }

    @Test
    void anEditWhileTheNodeWasDownGetsTheNextRevision() throws Exception {
        write(document(7, "b"));
        assertThat(load(ruleset(9, "a"))).isEqualTo(ruleset(10, "b"));
    }

    @Test
    void theSameTextKeepsItsRevisionAfterARestart() throws Exception {
        write(document(7, "a"));
        assertThat(load(ruleset(9, "a"))).isNull();
    }

    @Test
    void theSameTextKeepsItsRevisionAfterAnUpgrade() throws Exception {
        write(document(7, "a"));
        RulesetRows before =
                RulesetRows.of(Revision.UNKNOWN_HISTORY, 9, ruleset(9, "a").rows());
        assertThat(load(before)).isEqualTo(ruleset(9, "a"));
    }

    @Test
    void returnsNothingIfAnotherNodeReadTheSameText() throws Exception {
        write(document(1, "a"));
        assertThat(load(ruleset(3, "a"))).isNull();
    }

    @Test
    void readsAChangedFileWithTheSameTimeAndSize() throws Exception {
        write(document(7, "a"));
        RulesetRows served = load(null);
        FileTime before = Files.getLastModifiedTime(file());
        Files.writeString(file(), document(8, "b"));
        Files.setLastModifiedTime(file(), before);
        assertThat(load(served)).isEqualTo(ruleset(8, "b"));
    }

    @Test
    void readsAFileWithTheSameTimeThatIsMovedIntoPlace() throws Exception {
        write(document(7, "a"));
        RulesetRows served = load(null);
        Path fresh = Files.writeString(directory.resolve("fresh"), document(7, "b"));
        Files.setLastModifiedTime(fresh, Files.getLastModifiedTime(file()));
        Files.move(fresh, file(), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        assertThat(load(served)).isEqualTo(ruleset(8, "b"));
    }

    @Test
    void readsAnOlderFile() throws Exception {
        write(document(7, "a"));
        RulesetRows served = load(null);
        Files.writeString(file(), document(9, "b"));
        Files.setLastModifiedTime(file(), FileTime.fromMillis(1_000));
        assertThat(load(served)).isEqualTo(ruleset(9, "b"));
    }

    /** Kubernetes updates a mounted ConfigMap in this way. */
    @Test
    void readsTheNewTargetOfASwappedSymbolicLink() throws Exception {
        for (int revision = 1; revision <= 2; revision++) {
            Path data = Files.createDirectory(directory.resolve("data" + revision));
            Files.writeString(data.resolve("ruleset.json"), document(revision, "at " + revision));
            Files.setLastModifiedTime(data.resolve("ruleset.json"), FileTime.fromMillis(1_000));
        }
        Path link = Files.createSymbolicLink(directory.resolve("..data"), Path.of("data1"));
        Files.createSymbolicLink(file(), Path.of("..data", "ruleset.json"));
        RulesetRows served = load(null);
        Files.createSymbolicLink(directory.resolve("..next"), Path.of("data2"));
        Files.move(directory.resolve("..next"), link, StandardCopyOption.ATOMIC_MOVE);
        assertThat(load(served)).isEqualTo(ruleset(2, "at 2"));
    }

    @Test
    void ignoresAByteOrderMark() throws Exception {
        write("\ufeff" + document(7, "a"));
        assertThat(load(null)).isEqualTo(ruleset(7, "a"));
    }

    @Test
    void reportsPositionAndReasonOfAnInvalidDocument() throws Exception {
        write("{\n \"revision\": 1,\n  \"flags\": [}");
        assertThat(problem()).startsWith(file() + ": $.flags[0]: ").endsWith("in line 3, column 13");
        write("{\"revision\":");
        assertThat(problem()).contains("line 1, column 13");
        write("");
        assertThat(problem()).endsWith("is empty: must be a JSON object");
        write("[]");
        assertThat(problem()).endsWith("$: must be an object");
        Files.write(file(), "{\n\"\u00e9\": 1}".getBytes(StandardCharsets.ISO_8859_1));
        assertThat(problem()).endsWith("is not valid UTF-8 at byte 3, line 2");
        Files.write(file(), "\ufeff{}".getBytes(StandardCharsets.UTF_16BE));
        assertThat(problem()).contains("is UTF-16 or UTF-32");
        Files.write(file(), "\ufeff{}".getBytes(StandardCharsets.UTF_16LE));
        assertThat(problem()).contains("is UTF-16 or UTF-32");
    }

    @Test
    void reportsWhyAFileCannotBeRead() throws Exception {
        assertThat(problem()).isEqualTo(file() + ": does not exist");
        Files.createDirectory(file());
        assertThat(problem()).isEqualTo(file() + ": is a directory");
        Files.delete(file());
        Files.createSymbolicLink(file(), file().getFileName());
        assertThat(problem()).startsWith(file() + ": ").contains("symbolic links");
        Files.delete(file());
        Files.createSymbolicLink(file(), Path.of("/dev/null"));
        assertThat(problem()).isEqualTo(file() + ": is not a regular file");
    }

    @Test
    void readsAFileOnceItIsRepaired() throws Exception {
        write("{\"revision\":");
        assertThat(problem()).isEqualTo(problem());
        write(document(2, "a"));
        assertThat(load(null)).isEqualTo(ruleset(2, "a"));
    }

    private String problem() {
        Throwable failure = catchThrowable(() -> load(null));
        assertThat(failure).isInstanceOf(UnreadableSourceException.class);
        return String.valueOf(failure.getMessage());
    }

    private Path file() {
        return directory.resolve("ruleset.json");
    }

    private @Nullable RulesetRows load(@Nullable RulesetRows served) throws Exception {
        RulesetReading reading = target.readSince(served).await(10, TimeUnit.SECONDS);
        return reading instanceof RulesetReading.Whole whole ? whole.rows() : null;
    }

    private static String document(long revision, String member) {
        return "{\"revision\":" + revision + ",\"cohorts\":[" + cohort(member) + "]}";
    }

    private static String cohort(String member) {
        return "{\"id\":\"c\",\"memberIds\":[\"" + member + "\"]}";
    }

    private static RulesetRows ruleset(long revision, String member) {
        RulesetReader.Reading reading = RulesetReader.read(document(revision, member));
        return RulesetRows.of(
                FileRulesetSource.HISTORY, revision, reading.document().toRowSet(RowSet.EMPTY));
    }

    /** Writes with a later modification time than before, however fast the test runs. */
    private void write(String json) throws IOException {
        Files.writeString(file(), json);
        time += 1000;
        Files.setLastModifiedTime(file(), FileTime.fromMillis(time));
    }
}
