package io.variate.commandline;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProjectOptionTest {
    private static final String DOCUMENT = "{\"projects\":{\"p\":{\"flags\":[" + flag("a", "p") + "," + flag("b", "p")
            + "]},\"q\":{\"flags\":[" + flag("a", "q") + ",{\"key\":\"bad\"}]}}}";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void evaluatesTheProjectOfTheOption() throws IOException {
        assertThat(evaluate(DOCUMENT, "{\"user\":{}}", "--project", "q").out())
                .containsExactly("{\"result\":{\"a\":{\"key\":\"q\"}}}");
    }

    @Test
    void theProjectOfALineOverridesTheOption() throws IOException {
        assertThat(evaluate(DOCUMENT, "{\"project\":\"p\",\"user\":{},\"flagKeys\":[\"a\"]}", "--project", "q")
                        .out())
                .containsExactly("{\"result\":{\"a\":{\"key\":\"p\"}}}");
    }

    @Test
    void findsTheOnlyProjectWithAFlag() throws IOException {
        assertThat(evaluate(DOCUMENT, "{\"user\":{},\"flagKeys\":[\"b\"]}").out())
                .containsExactly("{\"result\":{\"b\":{\"key\":\"p\"}}}");
    }

    @Test
    void rejectsALineThatSeveralProjectsCouldAnswer() throws IOException {
        for (String line : List.of("{\"user\":{}}", "{\"user\":{},\"flagKeys\":[\"a\"]}")) {
            assertThat(evaluate(DOCUMENT, line).out())
                    .containsExactly(
                            "{\"error\":{\"code\":\"project_required\",\"message\":\"is required here or as"
                                    + " --project, because the ruleset has several projects; projects: p, q\",\"path\":\"project\"}}");
        }
    }

    @Test
    void rejectsAnUnknownProject() throws IOException {
        assertThat(evaluate(DOCUMENT, "{\"project\":\"r\",\"user\":{}}").out())
                .singleElement()
                .asString()
                .contains("\"code\":\"unknown_project\"", "the ruleset has no such project; projects: p, q");
        Run run = evaluate(DOCUMENT, "", "--project", "r");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).startsWith("variate: the ruleset has no project 'r'; projects: p, q\n");
    }

    @Test
    void listsAtMostTenProjects() {
        String document = IntStream.range(0, 12)
                .mapToObj(i -> "\"p" + i + "\":{}")
                .collect(Collectors.joining(",", "{\"projects\":{", "}}"));
        assertThat(Run.of(document, "validate", "-", "--project", "x").err())
                .contains("projects: p0, p1, p2, p3, p4, p5, p6, p7, p8, p9 and 2 more\n");
    }

    @Test
    void validatesAllProjectsOrOne() {
        assertThat(Run.of(DOCUMENT, "validate", "-").out())
                .hasSize(2)
                .allMatch(line -> line.contains("projects.q.flags.bad"));
        assertThat(Run.of(DOCUMENT, "validate", "-", "--project", "q").out()).hasSize(2);
        assertThat(Run.of(DOCUMENT, "validate", "--project", "p", "-").status()).isZero();
    }

    @Test
    void theDocumentedExampleIsValid() throws IOException {
        String api = Files.readString(Path.of("src/docs/api.md"), StandardCharsets.UTF_8);
        int start = api.indexOf("{\"projects\"", api.indexOf("### Projects"));
        String example = api.substring(start, api.indexOf("```", start));

        assertThat(Run.of(example, "validate", "-")).isEqualTo(new Run(0, List.of(), ""));
    }

    private Run evaluate(String document, String line, String... options) throws IOException {
        Path file = Files.writeString(directory.resolve("ruleset.json"), document);
        return Run.of(
                line,
                Stream.concat(Stream.of("evaluate", "--ruleset", file.toString()), Arrays.stream(options))
                        .toArray(String[]::new));
    }

    private static String flag(String key, String variant) {
        return "{\"key\":\"" + key + "\",\"variants\":{\"on\":{\"key\":\"" + variant
                + "\"}},\"segments\":[{\"variant\":\"on\"}]}";
    }
}
