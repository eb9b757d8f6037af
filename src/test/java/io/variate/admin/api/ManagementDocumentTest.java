package io.variate.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonArray;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands of {@code src/docs/management.md} work in their order. */
@Timeout(120)
@Tag("slow")
class ManagementDocumentTest {
    private static final Pattern COMMANDS = Pattern.compile("(?s)```sh\n(.*?)```");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    @SuppressWarnings("NullAway.Init")
    private static ManagedNode node;

    @BeforeAll
    static void start() {
        node = ManagedNode.start(Map.of());
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @Test
    void everyCommandSucceeds() throws Exception {
        String commands = COMMANDS.matcher(Files.readString(Path.of("src/docs/management.md")))
                .results()
                .map(MatchResult::group)
                .map(block -> block.replace("```sh", "").replace("```", ""))
                .collect(Collectors.joining());
        Path output = directory.resolve("output");
        ProcessBuilder builder = new ProcessBuilder("bash", "-euo", "pipefail", "-c", commands)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("ADMIN", "http://127.0.0.1:" + node.node().adminPort());
        builder.environment().put("TOKEN", RunningNode.TOKEN);
        Process script = builder.start();
        try {
            assertThat(script.waitFor(100, TimeUnit.SECONDS)).isTrue();

            assertThat(script.exitValue())
                    .as(Files.readString(output, StandardCharsets.UTF_8))
                    .isZero();
            JsonArray experiments = node.get("/experiments").getJsonArray("experiments");
            assertThat(experiments).hasSize(1);
            assertThat(experiments.getJsonObject(0).getString("key")).isEqualTo("search");
        } finally {
            script.destroyForcibly();
        }
    }
}
