package io.variate.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands of {@code src/docs/management.md} work in their order, and so does that of the README. */
@Timeout(120)
@Tag("slow")
class ManagementDocumentTest {
    private static final Pattern COMMANDS = Pattern.compile("(?s)```sh\n(.*?)```");

    private static final Pattern README_COMMAND = Pattern.compile("(?s)<!-- command: manage -->\n```sh\n(.*?)```");

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

        run(commands);

        assertThat(keys()).contains("search").doesNotContain("checkout");
    }

    @Test
    void theCommandOfTheReadmeCreatesRampsAndUndoes() throws Exception {
        node.put("""
                {"flags": [{"key": "other", "variants": {"on": {"key": "on"}}, "segments": [{"variant": "on"}]}],
                 "deployments": [{"key": "server-key", "label": "demo", "type": "server", "flags": ["other"]}]}""");
        Matcher command = README_COMMAND.matcher(Files.readString(Path.of("README.md")));
        assertThat(command.find()).isTrue();

        String printed = run(command.group(1)
                .replace("localhost:8081", "127.0.0.1:" + node.node().adminPort())
                .replace("dev-admin-token", RunningNode.TOKEN));

        assertThat(printed).contains("\"rolloutPercentage\":50,");
        assertThat(printed.substring(printed.lastIndexOf("\"rolloutPercentage\"")))
                .startsWith("\"rolloutPercentage\":20,");
        assertThat(keys()).contains("new-search");
    }

    private static List<String> keys() {
        return node.get("/experiments").getJsonArray("experiments").stream()
                .map(experiment -> ((JsonObject) experiment).getString("key"))
                .toList();
    }

    /** Runs commands, which must succeed, and returns what they print. */
    private String run(String commands) throws Exception {
        Path output = directory.resolve("output");
        ProcessBuilder builder = new ProcessBuilder("bash", "-euo", "pipefail", "-c", commands)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("ADMIN", "http://127.0.0.1:" + node.node().adminPort());
        builder.environment().put("TOKEN", RunningNode.TOKEN);
        Process script = builder.start();
        try {
            assertThat(script.waitFor(100, TimeUnit.SECONDS)).isTrue();
            String printed = Files.readString(output, StandardCharsets.UTF_8);
            assertThat(script.exitValue()).as(printed).isZero();
            return printed;
        } finally {
            script.destroyForcibly();
        }
    }
}
