package io.variate.rulesets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.variate.rulesets.document.EncodedRuleset;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RulesetSnapshotTest {
    private static final EncodedRuleset RULESET = new EncodedRuleset(7, "{\"revision\":7,\"flags\":[\"ü\"]}");

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
        snapshot().write(new EncodedRuleset(8, "{}"));
        assertThat(snapshot().read()).isEqualTo(new EncodedRuleset(8, "{}"));
        assertThat(directory).isDirectoryContaining(file -> file.endsWith("ruleset.snapshot"));
    }

    @Test
    void ignoresALateWriteOfAnOlderRuleset() throws IOException {
        RulesetSnapshot snapshot = snapshot();
        snapshot.write(new EncodedRuleset(8, "{}"));
        snapshot.write(RULESET);
        assertThat(snapshot.read()).isEqualTo(new EncodedRuleset(8, "{}"));
    }

    @Test
    void keepsTheNewestOfConcurrentWrites() throws IOException {
        RulesetSnapshot snapshot = snapshot();
        List<CompletableFuture<Void>> writes = IntStream.range(0, 50)
                .mapToObj(revision -> CompletableFuture.runAsync(() -> {
                    try {
                        snapshot.write(new EncodedRuleset(revision, "{\"at\":" + revision + "}"));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }))
                .toList();

        assertThat(writes).allSatisfy(write -> assertThat(write).succeedsWithin(Duration.ofSeconds(30)));
        assertThat(snapshot.read()).isEqualTo(new EncodedRuleset(49, "{\"at\":49}"));
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
        for (String content : new String[] {"", "hello", "variate-ruleset-2 7 1\n{}", "x\n"}) {
            Files.write(file(), content.getBytes(StandardCharsets.UTF_8));
            assertThatThrownBy(() -> snapshot().read())
                    .as(content)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("is not a ruleset snapshot");
        }
    }

    private Path file() {
        return directory.resolve("ruleset.snapshot");
    }

    private RulesetSnapshot snapshot() {
        return new RulesetSnapshot(directory);
    }
}
