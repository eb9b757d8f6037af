package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The commands of the jar as processes: exit statuses, pipes, memory, and the public vectors. */
class CommandLineIT {
    private static final String FLAG = """
            {"key":"f","variants":{"on":{"key":"on"}},"segments":[{"variant":"on"}]}""";
    private static final String USER_LINE = """
            {"user":{"user_id":"u"}}
            """;
    private static final String RESULT = """
            {"result":{"f":{"key":"on"}}}""";
    private static final Duration LONGEST_RUN = Duration.ofMinutes(2);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void validatesFlagsSilentlyWithStatusZero() throws Exception {
        Ended run = run("", "validate", file("flags.json", "[" + FLAG + "]"));

        assertThat(run).isEqualTo(new Ended(0, List.of(), List.of()));
    }

    @Test
    void listsProblemsWithStatusOne() throws Exception {
        Ended run = run("", "validate", file("flags.json", """
                        [%s,%s,{"key":"g","variants":{}}]""".formatted(FLAG, FLAG)));

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out())
                .containsExactlyInAnyOrder(
                        "error: flags[1].key: is the same as flags.f.key", "error: flags.g.segments: is required");
        assertThat(run.err()).isEmpty();
    }

    @Test
    void validatesStandardInput() throws Exception {
        assertThat(run("""
                        {"flags":[%s]}""".formatted(FLAG), "validate", "-").status()).isEqualTo(0);
        assertThat(run("""
                        {"flags":[""", "validate", "-").status()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({
        "validate,validate requires one file",
        "validate missing.json,missing.json",
        "evaluate --ruleset missing.json,missing.json",
        "evaluate --nonsense,usage:",
        "nonsense,usage:",
        "--nonsense,usage:",
        "missing.yaml,cannot read missing.yaml",
    })
    void exitsWithStatusTwoOnUsageErrors(String arguments, String complaint) throws Exception {
        Ended run = run("", arguments.split(" "));

        assertThat(run.status()).isEqualTo(2);
        assertThat(String.join("\n", run.err())).contains(complaint);
        assertThat(run.out()).isEmpty();
    }

    @Test
    void printsItsVersion() throws Exception {
        assertThat(run("", "--version").out()).singleElement().asString().matches("variate \\d+\\.\\d+\\.\\d+.*");
    }

    @Test
    void loadsNothingOfTheServer() throws Exception {
        Ended run = run(List.of("-Xlog:class+load"), "", "validate", file("flags.json", "[" + FLAG + "]"));

        assertThat(run.out())
                .anyMatch(line -> line.contains("io.variate.commandline."))
                .noneMatch(
                        line -> Stream.of("io.vertx.", "io.netty.", "com.hazelcast.", "org.slf4j.", "ch.qos.logback.")
                                .anyMatch(line::contains));
    }

    @Test
    void answersThePublicVectorsAsExpected() throws Exception {
        Path vectors = directory.resolve("vectors.jsonl");
        try (InputStream packed = new GZIPInputStream(Objects.requireNonNull(
                CommandLineIT.class.getResourceAsStream("/vectors/evaluation-public.jsonl.gz")))) {
            Files.copy(packed, vectors);
        }

        Ended run = run(List.of("-Xmx64m"), vectors, "evaluate");

        assertThat(run.status()).isEqualTo(0);
        Iterator<String> answers = run.out().iterator();
        for (String line : Files.readAllLines(vectors)) {
            JsonObject vector = new JsonObject(line);
            JsonObject answer = new JsonObject(answers.next());
            if (vector.containsKey("error")) {
                assertThat(answer.getJsonObject("error").getString("code")).isEqualTo("cycle");
                answer.remove("error");
            }
            assertThat(answer).as(vector.getString("id")).isEqualTo(expected(vector));
        }
        assertThat(answers).isExhausted();
    }

    private static JsonObject expected(JsonObject vector) {
        JsonObject expected = new JsonObject().put("id", vector.getString("id"));
        JsonObject result = vector.getJsonObject("expected");
        if (result != null) {
            expected.put("result", result);
        }
        JsonArray order = vector.getJsonArray("order");
        if (order != null) {
            expected.put("order", order);
        }
        return expected;
    }

    @Test
    void evaluates100000LinesInAHeapThatCannotHoldThem() throws Exception {
        int lines = 100_000;
        String padding = "x".repeat(1000);
        Path input = directory.resolve("lines.jsonl");
        try (BufferedWriter writer = Files.newBufferedWriter(input)) {
            for (int i = 0; i < lines; i++) {
                writer.write(i % 1000 == 999 ? """
                                        {"id":%d,broken
                                        """.formatted(i) : """
                                        {"id":%d,"user":{"user_id":"u%d","about":"%s"}}
                                        """.formatted(i, i, padding));
            }
        }

        Ended run = run(List.of("-Xmx64m"), input, "evaluate", "--ruleset", file("flags.json", "[" + FLAG + "]"));

        assertThat(run.status()).isEqualTo(0);
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).hasSize(lines);
        for (int i = 0; i < lines; i++) {
            assertThat(run.out().get(i)).isEqualTo(i % 1000 == 999 ? """
                                            {"error":{"code":"invalid_json","message":"expected a key in double quotes","path":"$"}}""" : """
                                            {"id":%d,"result":{"f":{"key":"on"}}}""".formatted(i));
        }
    }

    @Test
    void answersEveryMalformedLine() throws Exception {
        Path input = directory.resolve("broken.jsonl");
        List<byte[]> broken = List.of(
                utf8("nonsense"),
                new byte[] {'"', (byte) 0xff, '"'},
                new byte[] {0, 1, 2},
                utf8("[".repeat(100_000)),
                utf8("""
                        {"user":%s1%s}""".formatted("""
                        {"a":""".repeat(10_000), "}".repeat(10_000))),
                utf8("""
                        {"user":{"a":"%s"}}""".formatted("x".repeat(10_000_000))),
                utf8("""
                        {"user":{},"flags":[{"key":"f","dependencies":["f"],"variants":{},"segments":[]}],"sort":true}"""));
        try (OutputStream out = Files.newOutputStream(input)) {
            for (byte[] line : broken) {
                out.write(line);
                out.write('\n');
                out.write(utf8(USER_LINE));
            }
        }

        Ended run = run(List.of("-Xmx64m"), input, "evaluate", "--ruleset", file("flags.json", "[" + FLAG + "]"));

        assertThat(run.status()).isEqualTo(0);
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).hasSize(2 * broken.size());
        for (int i = 0; i < run.out().size(); i += 2) {
            assertThat(run.out().get(i)).startsWith("""
                        {"error":{"code":""");
            assertThat(run.out().get(i + 1)).isEqualTo(RESULT);
        }
    }

    @Test
    void answersEachLineBeforeTheNextOneArrives() throws Exception {
        Process process = start(List.of(), "evaluate", "--ruleset", file("flags.json", "[" + FLAG + "]"));
        try (BufferedWriter questions = process.outputWriter(StandardCharsets.UTF_8);
                BufferedReader answers = process.inputReader(StandardCharsets.UTF_8)) {
            for (int i = 0; i < 3; i++) {
                questions.write(USER_LINE);
                questions.flush();
                assertThat(assertTimeoutPreemptively(Duration.ofSeconds(20), answers::readLine))
                        .isEqualTo(RESULT);
            }
        } finally {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
        assertThat(process.exitValue()).isEqualTo(0);
    }

    @Test
    void exitsWhenItsOutputIsClosed() throws Exception {
        Process process = start(List.of(), "evaluate", "--ruleset", file("flags.json", "[" + FLAG + "]"));
        process.getInputStream().close();
        try (OutputStream questions = process.getOutputStream()) {
            questions.write(utf8(USER_LINE));
            questions.flush();

            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(2);
        } finally {
            process.destroyForcibly();
        }
    }

    /** How a process ended, and what it had written. */
    private record Ended(int status, List<String> out, List<String> err) {}

    private Ended run(String input, String... arguments) throws Exception {
        return run(List.of(), input, arguments);
    }

    private Ended run(List<String> jvmArguments, String input, String... arguments) throws Exception {
        return run(jvmArguments, Files.writeString(directory.resolve("input"), input), arguments);
    }

    private Ended run(List<String> jvmArguments, Path input, String... arguments) throws Exception {
        Path out = directory.resolve("out");
        Path err = directory.resolve("err");
        Process process = java(jvmArguments, arguments)
                .redirectInput(input.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        try {
            assertThat(process.waitFor(LONGEST_RUN.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        return new Ended(process.exitValue(), Files.readAllLines(out), Files.readAllLines(err));
    }

    private Process start(List<String> jvmArguments, String... arguments) throws IOException {
        return java(jvmArguments, arguments).start();
    }

    private ProcessBuilder java(List<String> jvmArguments, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-XX:TieredStopAtLevel=1");
        command.addAll(jvmArguments);
        command.addAll(List.of("-jar", Objects.requireNonNull(System.getProperty("variate.jar"))));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).directory(directory.toFile());
    }

    private String file(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text).toString();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
