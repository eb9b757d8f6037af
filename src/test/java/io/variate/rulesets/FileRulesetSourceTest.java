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
        write("{\"revision\":7}");
        assertThat(load(-1)).isEqualTo(new EncodedRuleset(7, "{\"revision\":7}"));
    }

    @Test
    void isUnchangedWhileTheFileIs() throws Exception {
        write("{\"revision\":7}");
        load(-1);
        assertThat(load(7)).isNull();
    }

    @Test
    void anEditGetsTheNextRevisionEvenIfItsOwnStayed() throws Exception {
        write("{\"revision\":7}");
        load(-1);
        write("{\"revision\":7,\"flags\":[]}");
        assertThat(load(7)).isEqualTo(new EncodedRuleset(8, "{\"revision\":7,\"flags\":[]}"));
    }

    @Test
    void aFileTouchedButNotChangedKeepsItsRevision() throws Exception {
        write("{\"revision\":7}");
        load(-1);
        write("{\"revision\":7}");
        assertThat(load(7)).isNull();
    }

    @Test
    void aMissingOrBrokenFileFailsAndIsReadOnceItIsMended() throws Exception {
        assertThatThrownBy(() -> load(-1)).isInstanceOf(IOException.class);
        write("{\"revision\":");
        assertThatThrownBy(() -> load(-1)).isInstanceOf(InvalidRulesetException.class);
        write("{\"revision\":2}");
        assertThat(load(-1)).isEqualTo(new EncodedRuleset(2, "{\"revision\":2}"));
    }

    private Path file() {
        return directory.resolve("ruleset.json");
    }

    private @Nullable EncodedRuleset load(long known) throws Exception {
        return target.loadUnless(known).await(10, TimeUnit.SECONDS);
    }

    /** Each with a later time than the one before, however fast the test runs. */
    private void write(String json) throws IOException {
        Files.writeString(file(), json);
        time += 1000;
        Files.setLastModifiedTime(file(), FileTime.fromMillis(time));
    }
}
