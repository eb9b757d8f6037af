package io.variate.rulesets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
    void isUnchangedWhileItsTextIs() throws Exception {
        write("{\"revision\":7}");
        EncodedRuleset served = load(null);
        write("{\"revision\":7}");
        assertThat(load(served)).isNull();
    }

    @Test
    void anEditGetsTheNextRevisionEvenIfItsOwnStayed() throws Exception {
        write("{\"revision\":7}");
        EncodedRuleset served = load(null);
        write("{\"revision\":7,\"flags\":[]}");
        assertThat(load(served)).isEqualTo(new EncodedRuleset(8, "{\"revision\":7,\"flags\":[]}"));
    }

    @Test
    void anEditMadeWhileTheNodeWasDownGetsTheNextRevisionToo() throws Exception {
        new RulesetSnapshot(directory).write(new EncodedRuleset(9, "{\"revision\":7}"));
        write("{\"revision\":7,\"flags\":[]}");
        assertThat(load(null)).isEqualTo(new EncodedRuleset(10, "{\"revision\":7,\"flags\":[]}"));
    }

    @Test
    void afterARestartTheSameTextHasTheSameRevision() throws Exception {
        new RulesetSnapshot(directory).write(new EncodedRuleset(9, "{\"revision\":7}"));
        write("{\"revision\":7}");
        assertThat(load(null)).isEqualTo(new EncodedRuleset(9, "{\"revision\":7}"));
    }

    @Test
    void whatAnotherNodeReadFromTheSameTextIsUnchanged() throws Exception {
        write("{\"revision\":1}");
        assertThat(load(new EncodedRuleset(3, "{\"revision\":1}"))).isNull();
    }

    @Test
    void aMissingOrBrokenFileFailsAndIsReadOnceItIsMended() throws Exception {
        assertThatThrownBy(() -> load(null)).isInstanceOf(IOException.class);
        write("{\"revision\":");
        assertThatThrownBy(() -> load(null)).isInstanceOf(InvalidRulesetException.class);
        write("{\"revision\":2}");
        assertThat(load(null)).isEqualTo(new EncodedRuleset(2, "{\"revision\":2}"));
    }

    private Path file() {
        return directory.resolve("ruleset.json");
    }

    private @Nullable EncodedRuleset load(@Nullable EncodedRuleset served) throws Exception {
        return target.loadUnless(served).await(10, TimeUnit.SECONDS);
    }

    /** Each with a later time than the one before, however fast the test runs. */
    private void write(String json) throws IOException {
        Files.writeString(file(), json);
        time += 1000;
        Files.setLastModifiedTime(file(), FileTime.fromMillis(time));
    }
}
