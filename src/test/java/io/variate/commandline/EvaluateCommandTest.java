package io.variate.commandline;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EvaluateCommandTest {
    private static final String ON = "\"variants\":{\"on\":{\"key\":\"on\"}},\"segments\":[{\"variant\":\"on\"}]";
    private static final String PARENT = "{\"key\":\"parent\"," + ON + "}";
    private static final String CHILD =
            "{\"key\":\"child\",\"dependencies\":[\"parent\"],\"variants\":{\"on\":{\"key\":"
                    + "\"on\"}},\"segments\":[{\"conditions\":[[{\"selector\":[\"result\",\"parent\",\"key\"],\"op\":\"is\","
                    + "\"values\":[\"on\"]}]],\"variant\":\"on\"}]}";
    private static final String OTHER = "{\"key\":\"other\"," + ON + "}";
    private static final String FLAGS = "[" + CHILD + "," + PARENT + "," + OTHER + "]";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void evaluatesUsersWithTheRuleset() throws IOException {
        assertThat(fromRuleset("{\"id\":1,\"user\":{\"user_id\":\"u\"}}"))
                .isEqualTo("{\"id\":1,\"result\":{\"parent\":{\"key\":\"on\"},\"child\":{\"key\":\"on\"},"
                        + "\"other\":{\"key\":\"on\"}}}");
    }

    @Test
    void acceptsAByteOrderMarkAtTheStartOfItsInput() throws IOException {
        String line = "{\"id\":1,\"user\":{\"user_id\":\"u\"}}";
        assertThat(fromRuleset("\ufeff" + line)).isEqualTo(fromRuleset(line));
    }

    @Test
    void evaluatesTheDependenciesOfFlagKeys() throws IOException {
        assertThat(fromRuleset("{\"id\":1,\"user\":{},\"flagKeys\":[\"child\",\"unknown\"]}"))
                .isEqualTo("{\"id\":1,\"result\":{\"parent\":{\"key\":\"on\"},\"child\":{\"key\":\"on\"}}}");
    }

    @Test
    void evaluatesAllFlagsForEmptyFlagKeys() throws IOException {
        assertThat(fromRuleset("{\"user\":{},\"flagKeys\":[]}")).isEqualTo(fromRuleset("{\"user\":{}}"));
    }

    @Test
    void sortReportsTheOrderOfRulesetFlags() throws IOException {
        assertThat(fromRuleset("{\"user\":{},\"flagKeys\":[\"child\"],\"sort\":true}"))
                .endsWith(",\"order\":[\"parent\",\"child\"]}");
    }

    @Test
    void explainsResults() throws IOException {
        String line = "{\"id\":1,\"context\":{},\"flags\":" + FLAGS + ",\"flagKeys\":[\"child\"],\"sort\":true}";

        assertThat(Run.of(line, "evaluate", "--explain").out())
                .containsExactly("{\"id\":1,\"result\":{\"parent\":{\"key\":\"on\"},\"child\":{\"key\":\"on\"}},"
                        + "\"order\":[\"parent\",\"child\"],\"explanations\":["
                        + "{\"flag\":\"parent\",\"variant\":{\"key\":\"on\"},\"reason\":\"fallthrough\","
                        + "\"segments\":[{\"variant\":\"on\",\"outcome\":\"decided\"}]},"
                        + "{\"flag\":\"child\",\"variant\":{\"key\":\"on\"},\"reason\":\"segment\","
                        + "\"dependencies\":[\"parent\"],\"segments\":[{\"variant\":\"on\",\"outcome\":\"decided\",\"conditions\":[["
                        + "{\"selector\":[\"result\",\"parent\",\"key\"],\"op\":\"is\",\"values\":[\"on\"],"
                        + "\"tested\":true,\"seen\":\"on\",\"held\":true}]]}]}]}");
    }

    @Test
    void acceptsARulesetDocument() throws IOException {
        Path file = Files.writeString(directory.resolve("r.json"), "{\"flags\":[" + OTHER + "]}");

        assertThat(Run.of("{\"user\":{}}", "evaluate", "--ruleset", file.toString())
                        .out())
                .containsExactly("{\"result\":{\"other\":{\"key\":\"on\"}}}");
    }

    @Test
    void reportsAnInvalidFlagOfTheRulesetAndEvaluatesTheOthers() throws IOException {
        Path file = Files.writeString(directory.resolve("r.json"), "[{\"key\":\"bad\",\"variants\":{}}," + OTHER + "]");

        Run run = Run.of("{\"user\":{}}", "evaluate", "--ruleset", file.toString());

        assertThat(run.out()).containsExactly("{\"result\":{\"other\":{\"key\":\"on\"}}}");
        assertThat(run.err().lines()).containsExactly("error: flags.bad.segments: is required");
        assertThat(run.status()).isEqualTo(0);
    }

    @Test
    void mapsGroupsOfAUser() {
        String flag = selecting("\"context\",\"groups\",\"org\",\"group_name\"", "acme");

        assertThat(answer("{\"user\":{\"groups\":{\"org\":[\"acme\"]}},\"flags\":[" + flag + "]}"))
                .isEqualTo("{\"result\":{\"f\":{\"key\":\"on\"}}}");
    }

    @Test
    void evaluatesFlagsOfALineInTheirOrder() {
        assertThat(answer("{\"id\":1,\"flags\":" + FLAGS + ",\"context\":{}}"))
                .isEqualTo("{\"id\":1,\"result\":{\"parent\":{\"key\":\"on\"},\"other\":{\"key\":\"on\"}}}");
    }

    @Test
    void evaluatesDependenciesFirstWhenSorted() {
        assertThat(answer("{\"id\":1,\"flags\":" + FLAGS + ",\"context\":{},\"sort\":true}"))
                .isEqualTo("{\"id\":1,\"result\":{\"parent\":{\"key\":\"on\"},\"child\":{\"key\":\"on\"},"
                        + "\"other\":{\"key\":\"on\"}},\"order\":[\"parent\",\"child\",\"other\"]}");
    }

    @Test
    void flagKeysSelectFlagsOfALineWithoutReordering() {
        assertThat(answer("{\"flags\":" + FLAGS + ",\"context\":{},\"flagKeys\":[\"child\"]}"))
                .isEqualTo("{\"result\":{\"parent\":{\"key\":\"on\"}}}");
    }

    @Test
    void selectorsReadTheRawContext() {
        String flag = selecting("\"context\",\"anything\"", "7");

        assertThat(answer("{\"flags\":[" + flag + "],\"context\":{\"anything\":7}}"))
                .isEqualTo("{\"result\":{\"f\":{\"key\":\"on\"}}}");
    }

    @ParameterizedTest
    @CsvSource({"user_properties,1e400,Infinity", "user_properties,-1e400,-Infinity", "user_properties,1.0,1.0"})
    void numbersOfAUserKeepTheirTypeAndMagnitude(String field, String number, String text) {
        String flag = selecting("\"context\",\"user\",\"" + field + "\",\"n\"", text);

        assertThat(answer("{\"flags\":[" + flag + "],\"user\":{\"" + field + "\":{\"n\":" + number + "}}}"))
                .isEqualTo("{\"result\":{\"f\":{\"key\":\"on\"}}}");
    }

    @Test
    void returnsAllFieldsOfEveryVariantExceptNulls() {
        String flags =
                "[{\"key\":\"f\",\"metadata\":{\"deployed\":false,\"n\":null},\"variants\":{\"on\":{\"key\":\"on\","
                        + "\"value\":[1.0],\"payload\":{\"p\":null},\"metadata\":{\"default\":true}}},\"segments\":[{\"variant\":"
                        + "\"on\"}]},{\"key\":\"g\",\"variants\":{\"on\":{\"key\":\"on\",\"value\":null}},\"segments\":[{\"variant\":"
                        + "\"on\"}]}]";

        assertThat(answer("{\"flags\":" + flags + ",\"context\":{}}"))
                .isEqualTo("{\"result\":{\"f\":{\"key\":\"on\",\"value\":[1.0],\"payload\":{\"p\":null},\"metadata\":"
                        + "{\"deployed\":false,\"n\":null,\"default\":true}},\"g\":{\"key\":\"on\"}}}");
    }

    @Test
    void echoesAnyId() {
        assertThat(answer("{\"id\":{\"a\":[null,1.0]},\"context\":{},\"flags\":[]}"))
                .isEqualTo("{\"id\":{\"a\":[null,1.0]},\"result\":{}}");
    }

    @Test
    void preservesLoneSurrogates() {
        assertThat(answer("{\"id\":\"\\ud83d\",\"context\":{},\"flags\":[]}"))
                .isEqualTo("{\"id\":\"\\ud83d\",\"result\":{}}");
    }

    @Test
    void ignoresUnknownFieldsAndTreatsNullAsAbsent() {
        assertThat(answer(
                        "{\"context\":{},\"user\":null,\"sort\":null,\"flagKeys\":null,\"flags\":[],\"expected\":{}}"))
                .isEqualTo("{\"result\":{}}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "nonsense | invalid_json | $",
                "{\"context\":{},\"flags\":[} | invalid_json | $.flags[0]",
                "[] | invalid_line | $",
                "{} | invalid_line | user",
                "{\"user\":7} | invalid_line | user",
                "{\"context\":[]} | invalid_line | context",
                "{\"user\":{},\"context\":{}} | invalid_line | context",
                "{\"user\":{},\"flags\":{}} | invalid_line | flags",
                "{\"user\":{},\"flagKeys\":\"f\"} | invalid_line | flagKeys",
                "{\"user\":{},\"flagKeys\":[\"f\",null]} | invalid_line | flagKeys[1]",
                "{\"user\":{},\"sort\":1} | invalid_line | sort",
                "{\"user\":{}} | no_ruleset | flags",
                "{\"user\":{},\"sort\":true,\"flags\":[{\"key\":\"f\",\"dependencies\":[\"f\"],\"variants\":{},"
                        + "\"segments\":[]}]} | cycle | flags",
            })
    void reportsAnInvalidLineAndEvaluatesTheNext(String line, String code, String path) {
        Run run = Run.of(line + "\n{\"context\":{},\"flags\":[]}\n", "evaluate");

        assertThat(run.out()).hasSize(2).last().isEqualTo("{\"result\":{}}");
        assertThat(run.out().get(0))
                .startsWith("{\"error\":{\"code\":\"" + code + "\",\"message\":\"")
                .endsWith("\",\"path\":\"" + path + "\"}}");
        assertThat(run.status()).isEqualTo(0);
    }

    @Test
    void anErrorContainsTheIdOfItsLine() {
        assertThat(answer("{\"id\":\"x\"}"))
                .isEqualTo(
                        "{\"id\":\"x\",\"error\":{\"code\":\"invalid_line\",\"message\":\"is required\",\"path\":\"user\"}}");
    }

    @Test
    void returnsAnErrorForAnInvalidFlagAndResultsForTheOthers() {
        assertThat(answer("{\"flags\":[{\"key\":\"bad\",\"variants\":{}}," + OTHER + "],\"context\":{}}"))
                .isEqualTo("{\"result\":{\"other\":{\"key\":\"on\"}},\"error\":{\"code\":\"invalid_flags\",\"message\":"
                        + "\"is required\",\"path\":\"flags[0].segments\",\"problems\":[{\"path\":"
                        + "\"flags[0].segments\",\"message\":\"is required\"}]}}");
    }

    @Test
    void reportsALineThatIsNotUtf8() {
        Run run = Run.of("{\"id\":\"\u00e9\"}\n".getBytes(StandardCharsets.ISO_8859_1), "evaluate");

        assertThat(run.out())
                .containsExactly(
                        "{\"error\":{\"code\":\"invalid_encoding\",\"message\":\"the line is not valid UTF-8\"}}");
    }

    @Test
    void skipsBlankLinesAndAcceptsALastLineWithoutLineFeed() {
        Run run = Run.of("\n \t\r\n{\"context\":{},\"flags\":[]}\r\n\n{\"context\":{},\"flags\":[]}", "evaluate");

        assertThat(run.out()).containsExactly("{\"result\":{}}", "{\"result\":{}}");
    }

    @Test
    void printsNothingForEmptyInput() {
        assertThat(Run.of("", "evaluate")).isEqualTo(new Run(0, List.of(), ""));
    }

    @Test
    @Timeout(20)
    void flushesEachResultBeforeItWaitsForTheNextLine() throws Exception {
        PipedOutputStream requests = new PipedOutputStream();
        PipedInputStream in = new PipedInputStream(requests);
        PipedInputStream answers = new PipedInputStream();
        PipedOutputStream out = new PipedOutputStream(answers);
        CompletableFuture<Integer> status =
                CompletableFuture.supplyAsync(() -> new CommandLine(in, out, System.err, Map.of()).run("evaluate"));
        try (requests;
                BufferedReader lines = new BufferedReader(new InputStreamReader(answers, StandardCharsets.UTF_8))) {
            for (int i = 0; i < 3; i++) {
                requests.write(("{\"id\":" + i + ",\"context\":{},\"flags\":[]}\n").getBytes(StandardCharsets.UTF_8));
                requests.flush();
                assertThat(lines.readLine()).isEqualTo("{\"id\":" + i + ",\"result\":{}}");
            }
        }
        assertThat(status.get(10, TimeUnit.SECONDS)).isEqualTo(0);
    }

    private String fromRuleset(String line) throws IOException {
        Path file = Files.writeString(directory.resolve("flags.json"), FLAGS);
        return onlyLine(Run.of(line, "evaluate", "--ruleset", file.toString()));
    }

    private static String answer(String line) {
        return onlyLine(Run.of(line, "evaluate"));
    }

    private static String onlyLine(Run run) {
        assertThat(run.out()).hasSize(1);
        assertThat(run.err()).isEmpty();
        return run.out().get(0);
    }

    private static String selecting(String selector, String value) {
        return "{\"key\":\"f\",\"variants\":{\"on\":{\"key\":\"on\"}},\"segments\":[{\"conditions\":[[{\"selector\":["
                + selector + "],\"op\":\"is\",\"values\":[\"" + value + "\"]}]],\"variant\":\"on\"}]}";
    }
}
