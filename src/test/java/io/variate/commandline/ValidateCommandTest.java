package io.variate.commandline;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ValidateCommandTest {
    private static final String FINE = "{\"key\":\"fine\",\"variants\":{},\"segments\":[]}";

    @Test
    void aSoundDocumentIsStatusZeroWithoutAWord() {
        assertFine(Run.of("", "validate", "conf/demo-ruleset.json"));
    }

    @Test
    void aSoundListOfFlagsIsStatusZeroWithoutAWord() {
        assertFine(validate("[" + FINE + "]"));
    }

    @Test
    void reportsProblemsOfFormAndOfDocument() {
        Run run = validate("{\"flagz\":[],\"flags\":[" + FINE + ",{\"key\":\"bad\",\"segments\":7}," + FINE
                + "],\"deployments\":[{\"key\":\"k\",\"type\":\"server\",\"flags\":[\"gone\"]}]}");

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out())
                .containsExactlyInAnyOrder(
                        "error: flagz: is not a field of a ruleset",
                        "error: flags[1].variants: is required",
                        "error: flags[1].segments: must be an array",
                        "error: flags[2].key: is the same as flags[0].key",
                        "error: deployments[0].flags[0]: no flag has the key 'gone'");
        assertThat(run.err()).isEmpty();
    }

    @Test
    void reportsWhatOnlyTheCompilerSees() {
        Run run = validate("[{\"key\":\"f\",\"variants\":{},\"dependencies\":[\"f\"],\"segments\":[]}]");

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out()).singleElement().asString().startsWith("error: flags.f.dependencies: ");
    }

    @Test
    void aWarningIsStatusOneToo() {
        Run run = validate("[" + withOperator("is like") + "]");

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out())
                .singleElement()
                .asString()
                .startsWith("warning: flags.f.segments[0].conditions[0][0].op: ");
    }

    @Test
    void errorsStandBeforeWarnings() {
        Run run = validate("[" + withOperator("is like") + ",{\"key\":\"g\",\"dependencies\":[\"g\"],\"variants\":{},"
                + "\"segments\":[]}]");

        assertThat(run.out()).extracting(line -> line.replaceFirst(":.*", "")).containsExactly("error", "warning");
    }

    @Test
    void reportsWhatADatabaseWouldNotKeep() {
        Run run = validate("[{\"key\":\"a\\u0000\",\"variants\":{},\"segments\":[]}]");

        assertThat(run.out()).containsExactly("error: flags[0].key: must not hold a NUL character");
    }

    @Test
    void whatIsNotJsonIsOneProblemWithItsPlace() {
        Run run = validate("[" + FINE + ",{\"key\":}]");

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out()).containsExactly("error: $[1].key: expected a value, in line 1, column 52");
    }

    @Test
    void aRepeatedKeyIsAProblem() {
        assertThat(validate("{\"flags\":[],\"flags\":[]}").out())
                .containsExactly("error: $.flags: this key occurs twice in its object, in line 1, column 13");
    }

    @Test
    void acceptsAByteOrderMark() {
        assertThat(validate("\ufeff[" + FINE + "]").status()).isZero();
    }

    @Test
    void whatIsNotUtf8IsAProblem() {
        Run run = Run.of("[\"\u00e9\"]".getBytes(StandardCharsets.ISO_8859_1), "validate", "-");

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out()).containsExactly("error: $: is not valid UTF-8 at byte 2, line 1");
    }

    @Test
    void aProblemStaysOnOneLineWhateverTheKeys() {
        Run run = validate(
                "{\"flags\":[],\"deployments\":[{\"key\":\"k\",\"type\":\"server\",\"flags\":[\"a\\nb\\u001b\"]}]}");

        assertThat(run.out()).containsExactly("error: deployments[0].flags[0]: no flag has the key 'a\\u000ab\\u001b'");
    }

    private static Run validate(String document) {
        return Run.of(document, "validate", "-");
    }

    private static void assertFine(Run run) {
        assertThat(run).isEqualTo(new Run(0, List.of(), ""));
    }

    private static String withOperator(String operator) {
        return "{\"key\":\"f\",\"variants\":{},\"segments\":[{\"conditions\":[[{\"selector\":[\"context\"],\"op\":\""
                + operator + "\",\"values\":[]}]]}]}";
    }
}
