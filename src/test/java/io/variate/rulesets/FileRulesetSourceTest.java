package io.variate.rulesets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.variate.rulesets.document.EncodedRuleset;
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
    private FileRulesetSource target = new FileRulesetSource(vertx, Path.of("unset"), Path.of("unset"));
    private long time = 1_000_000_000_000L;

    @BeforeEach
    void create() {
        target = new FileRulesetSource(vertx, file(), directory);
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void hasTheRevisionOfTheDocument() throws Exception {
        write("{\"revision\":7}");
        assertThat(load(null)).isEqualTo(new EncodedRuleset(7, "{\"revision\":7}"));
    }

    @Test
    void returnsNothingWhileTheTextIsUnchanged() throws Exception {
        write("{\"revision\":7}");
        EncodedRuleset served = load(null);
        write("{\"revision\":7}");
        assertThat(load(served)).isNull();
    }

    @Test
    void anEditWithoutANewRevisionGetsTheNextOne() throws Exception {
        write("{\"revision\":7}");
        EncodedRuleset served = load(null);
        write("{\"revision\":7,\"flags\":[]}");
        assertThat(load(served)).isEqualTo(new EncodedRuleset(8, "{\"revision\":7,\"flags\":[]}"));
    }

    @Test
    void anEditWhileTheNodeWasDownGetsTheNextRevision() throws Exception {
        new RulesetSnapshot(directory).write(new EncodedRuleset(9, "{\"revision\":7}"));
        write("{\"revision\":7,\"flags\":[]}");
        assertThat(load(null)).isEqualTo(new EncodedRuleset(10, "{\"revision\":7,\"flags\":[]}"));
    }

    @Test
    void theSameTextKeepsItsRevisionAfterARestart() throws Exception {
        new RulesetSnapshot(directory).write(new EncodedRuleset(9, "{\"revision\":7}"));
        write("{\"revision\":7}");
        assertThat(load(null)).isEqualTo(new EncodedRuleset(9, "{\"revision\":7}"));
    }

    @Test
    void returnsNothingIfAnotherNodeReadTheSameText() throws Exception {
        write("{\"revision\":1}");
        assertThat(load(new EncodedRuleset(3, "{\"revision\":1}"))).isNull();
    }

    @Test
    void readsAChangedFileWithTheSameTimeAndSize() throws Exception {
        write("{\"revision\":7}");
        EncodedRuleset served = load(null);
        FileTime before = Files.getLastModifiedTime(file());
        Files.writeString(file(), "{\"revision\":8}");
        Files.setLastModifiedTime(file(), before);
        assertThat(load(served)).isEqualTo(new EncodedRuleset(8, "{\"revision\":8}"));
    }

    @Test
    void readsAFileWithTheSameTimeThatIsMovedIntoPlace() throws Exception {
        write("{\"revision\":7}");
        EncodedRuleset served = load(null);
        Path fresh = Files.writeString(directory.resolve("fresh"), "{\"revision\":7,\"flags\":[]}");
        Files.setLastModifiedTime(fresh, Files.getLastModifiedTime(file()));
        Files.move(fresh, file(), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        assertThat(load(served)).isEqualTo(new EncodedRuleset(8, "{\"revision\":7,\"flags\":[]}"));
    }

    @Test
    void readsAnOlderFile() throws Exception {
        write("{\"revision\":7}");
        EncodedRuleset served = load(null);
        Files.writeString(file(), "{\"revision\":9}");
        Files.setLastModifiedTime(file(), FileTime.fromMillis(1_000));
        assertThat(load(served)).isEqualTo(new EncodedRuleset(9, "{\"revision\":9}"));
    }

    /** Kubernetes updates a mounted ConfigMap in this way. */
    @Test
    void readsTheNewTargetOfASwappedSymbolicLink() throws Exception {
        for (int revision = 1; revision <= 2; revision++) {
            Path data = Files.createDirectory(directory.resolve("data" + revision));
            Files.writeString(data.resolve("ruleset.json"), "{\"revision\":" + revision + "}");
            Files.setLastModifiedTime(data.resolve("ruleset.json"), FileTime.fromMillis(1_000));
        }
        Path link = Files.createSymbolicLink(directory.resolve("..data"), Path.of("data1"));
        Files.createSymbolicLink(file(), Path.of("..data", "ruleset.json"));
        EncodedRuleset served = load(null);
        Files.createSymbolicLink(directory.resolve("..next"), Path.of("data2"));
        Files.move(directory.resolve("..next"), link, StandardCopyOption.ATOMIC_MOVE);
        assertThat(load(served)).isEqualTo(new EncodedRuleset(2, "{\"revision\":2}"));
    }

    @Test
    void ignoresAByteOrderMark() throws Exception {
        write("\ufeff{\"revision\":7}");
        assertThat(load(null)).isEqualTo(new EncodedRuleset(7, "{\"revision\":7}"));
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
        write("{\"revision\":2}");
        assertThat(load(null)).isEqualTo(new EncodedRuleset(2, "{\"revision\":2}"));
    }

    private String problem() {
        Throwable failure = catchThrowable(() -> load(null));
        assertThat(failure).isInstanceOf(UnreadableSourceException.class);
        return String.valueOf(failure.getMessage());
    }

    private Path file() {
        return directory.resolve("ruleset.json");
    }

    private @Nullable EncodedRuleset load(@Nullable EncodedRuleset served) throws Exception {
        return target.loadUnless(served).await(10, TimeUnit.SECONDS);
    }

    /** Writes with a later modification time than before, however fast the test runs. */
    private void write(String json) throws IOException {
        Files.writeString(file(), json);
        time += 1000;
        Files.setLastModifiedTime(file(), FileTime.fromMillis(time));
    }
}
