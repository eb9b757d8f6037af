package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.variate.it.harness.Documents;
import io.variate.it.harness.JarNode;
import io.variate.it.harness.Neighbours;
import io.variate.it.harness.NodeSettings;
import io.variate.testing.Await;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How the jar behaves as a process: its exit statuses, its output, its signals. */
class ProcessIT {
    private static final Duration SOON = Duration.ofSeconds(30);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void reportsEveryProblemOfItsSettingsOnStandardErrorAndEndsWithStatusTwo() throws Exception {
        Path file = Files.writeString(directory.resolve("variate.yaml"), "http:\n  prot: 80\nkafka:\n  topics: a\n");
        ProcessBuilder java = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-jar",
                System.getProperty("variate.jar"),
                file.toString());
        java.directory(directory.toFile())
                .redirectOutput(directory.resolve("out").toFile());
        java.environment()
                .putAll(Map.of(
                        "VARIATE_HTTP_PORT", "eighty",
                        "VARIATE_NODE_ROLES", "http,baker",
                        "VARIATE_EVALUATION_TIMEOUT", "soon",
                        "VARIATE_LOG_FORMAT", "verse"));
        Process process = java.start();
        String errors = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(2);
        assertThat(errors)
                .contains("6 problems")
                .contains("http.prot", "kafka.topics", "VARIATE_HTTP_PORT", "VARIATE_NODE_ROLES")
                .contains("VARIATE_EVALUATION_TIMEOUT", "VARIATE_LOG_FORMAT");
        assertThat(directory.resolve("out")).isEmptyFile();
    }

    @Test
    void exitsWithStatusOneWhenAPortIsInUse() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                JarNode http = JarNode.launch(fromFile("http").set("http.port", taken.getLocalPort()));
                JarNode admin = JarNode.launch(fromFile("admin").set("admin.port", taken.getLocalPort()));
                JarNode cluster = JarNode.launch(fromFile("cluster")
                        .joining(Neighbours.unique("taken"), taken.getLocalPort(), taken.getLocalPort()))) {
            for (JarNode node : List.of(http, admin, cluster)) {
                assertThat(node.process().exitCode(JarNode.START)).isEqualTo(1);
                String port = Integer.toString(taken.getLocalPort());
                assertThat(node.process().output())
                        .as("a line of level ERROR that names the port")
                        .anySatisfy(line -> assertThat(line)
                                .contains("\"ERROR\"", "cannot start", port)
                                .containsAnyOf("in use", "taken"));
            }
        }
    }

    @Test
    void keepsSecretsOutOfItsOutputAndWritesNothingButLinesOfJson() {
        String password = "s3cret pass/word";
        String uri = Neighbours.postgres().createRole(Neighbours.unique("guarded"), password);
        try (JarNode node = JarNode.start(
                NodeSettings.of(directory, "guarded").set("postgres.uri", uri).set("admin.token", JarNode.TOKEN))) {
            node.awaitReady();
            node.putRuleset(Documents.colour("teal"));
            Neighbours.postgres().stop();
            try {
                Await.value(
                        "the node reports the outage",
                        SOON,
                        () -> node.dependency("postgres"),
                        seen -> seen.equals("down"));
                assertThat(node.put(Documents.colour("green")).statusCode()).isEqualTo(503);
            } finally {
                Neighbours.postgres().restart();
            }
            assertThat(node.terminate(SOON)).isEqualTo(143);

            List<String> output = node.process().output();
            assertThat(output).isNotEmpty();
            assertThat(output).allSatisfy(line -> assertThat(line)
                    .doesNotContain(JarNode.TOKEN)
                    .doesNotContain(password)
                    .doesNotContain(uri.substring(uri.indexOf(':', 13) + 1, uri.indexOf('@')))
                    .doesNotContain(Documents.KEY));
            assertThat(output).allSatisfy(line -> assertThatCode(() -> new JsonObject(line))
                    .doesNotThrowAnyException());
        }
    }

    @Test
    void connectsToADatabaseWithAPassword() {
        String uri = Neighbours.postgres().createRole(Neighbours.unique("scram"), "p:ss@w/rd ü");
        try (JarNode node = JarNode.start(
                NodeSettings.of(directory, "scram").set("postgres.uri", uri).set("admin.token", JarNode.TOKEN))) {
            node.awaitReady();
            node.putRuleset(Documents.colour("teal"));

            assertThat(answer(node)).isEqualTo(Documents.colourAnswer("teal"));
            assertThat(node.dependency("postgres")).isEqualTo("up");
        }
    }

    @Test
    void deliversSpooledEventsBeforeAGracefulShutdown() {
        String topic = Neighbours.unique("sigterm");
        Set<String> users = new TreeSet<>();
        try (JarNode node = JarNode.start(fromFile("sigterm")
                .set("kafka.bootstrap-servers", Neighbours.kafka().bootstrapServers())
                .set("kafka.topic", topic)
                .set("assignments.linger", "1h"))) {
            node.awaitReady();
            for (int i = 0; i < 250; i++) {
                users.add("user-" + i);
                node.vardata(Documents.KEY, Map.of("user_id", "user-" + i));
            }
            assertThat(node.metric("variate_assignments_spooled", "")).isEqualTo(250);
            long start = System.nanoTime();

            assertThat(node.terminate(SOON)).isEqualTo(143);
            System.out.printf("SIGTERM: ended after %d ms%n", (System.nanoTime() - start) / 1_000_000);
        }
        assertThat(Neighbours.keys(topic)).isEqualTo(users);
    }

    @Test
    void shutsDownQuicklyWithoutKafkaAndKeepsTheEvents() {
        try (JarNode node = JarNode.start(fromFile("idle").set("assignments.flush-timeout", "5m"))) {
            node.awaitReady();
            node.vardata(Documents.KEY, Map.of("user_id", "kept"));

            assertThat(node.terminate(SOON)).isEqualTo(143);
        }
        try (JarNode again = JarNode.start(fromFile("idle"))) {
            assertThat(again.metric("variate_assignments_spooled", "")).isEqualTo(1);
        }
    }

    @Test
    void reloadsAnEditedRulesetFileAndKeepsTheOldRulesOnError() throws IOException {
        Path file = directory.resolve("ruleset.json");
        Files.writeString(file, Documents.colour("teal"));
        try (JarNode node = JarNode.start(
                NodeSettings.of(directory, "file").set("rulesets.file", file).set("log.format", "text"))) {
            node.awaitReady();
            assertThat(answer(node)).isEqualTo(Documents.colourAnswer("teal"));

            Files.writeString(file, Documents.colour("green"));
            Await.value(
                    "the edit is served",
                    SOON,
                    () -> answer(node),
                    seen -> seen.equals(Documents.colourAnswer("green")));
            Files.writeString(file, Documents.colour("red").substring(7));
            node.process().awaitLine("cannot read ruleset source", SOON);
            assertThat(answer(node)).isEqualTo(Documents.colourAnswer("green"));
            assertThat(node.dependency("file")).isEqualTo("down");
            assertThat(node.readiness().statusCode()).isEqualTo(200);
            Files.writeString(file, Documents.colour("blue"));
            Await.value(
                    "the mended file is served",
                    SOON,
                    () -> answer(node),
                    seen -> seen.equals(Documents.colourAnswer("blue")));
        }
    }

    @Test
    void logsTextWhenConfigured() {
        try (JarNode node = JarNode.start(fromFile("text").set("log.format", "text"))) {
            Stream<String> lines = node.process().output().stream();

            assertThat(lines).allMatch(line -> line.matches("\\d\\d:\\d\\d:\\d\\d\\.\\d{3} (INFO |WARN |ERROR) .*"));
        }
    }

    private NodeSettings fromFile(String id) {
        try {
            Path file = Files.writeString(directory.resolve(id + ".json"), Documents.colour("teal"));
            return NodeSettings.of(directory, id).set("rulesets.file", file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String answer(JarNode node) {
        return node.vardata(Documents.KEY, Map.of("user_id", "u")).body();
    }
}
