package io.variate.commandline;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ValidateCommandTest {
    private static final String VALID = "{\"key\":\"valid\",\"variants\":{},\"segments\":[]}";

    @Test
    void printsNothingForAValidDocument() {
        assertNoProblems(Run.of("", "validate", "conf/demo-ruleset.json"));
    }

    @Test
    void printsNothingForAValidListOfFlags() {
        assertNoProblems(validate("[" + VALID + "]"));
    }

    @Test
    void reportsProblemsOfFlagsAndOfTheDocument() {
        Run run = validate("{\"flagz\":[],\"flags\":[" + VALID + ",{\"key\":\"bad\",\"segments\":7}," + VALID
                + "],\"deployments\":[{\"key\":\"k\",\"type\":\"server\",\"flags\":[\"gone\"]}]}");

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out())
                .containsExactlyInAnyOrder(
                        "error: flagz: is not a field of a ruleset",
                        "error: flags.bad.variants: is required",
                        "error: flags.bad.segments: must be an array",
                        "error: flags[2].key: is the same as flags.valid.key",
                        "error: deployments[0].flags[0]: no flag has the key 'gone'");
        assertThat(run.err()).isEmpty();
    }

    @Test
    void reportsCyclicDependencies() {
        Run run = validate("[{\"key\":\"f\",\"variants\":{},\"dependencies\":[\"f\"],\"segments\":[]}]");

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out()).singleElement().asString().startsWith("error: flags.f.dependencies: ");
    }

    @Test
    void exitsWithStatusOneForAWarningOnlyIfStrict() {
        String flags = "[" + withOperator("is like") + "]";
        Run run = validate(flags);

        assertThat(run.status()).isZero();
        assertThat(Run.of(flags, "validate", "--strict", "-")).isEqualTo(new Run(1, run.out(), ""));
        assertThat(run.out())
                .singleElement()
                .asString()
                .startsWith("warning: flags.f.segments[0].conditions[0][0].op: ");
    }

    @Test
    void printsErrorsBeforeWarnings() {
        Run run = validate("[" + withOperator("is like") + ",{\"key\":\"g\",\"dependencies\":[\"g\"],\"variants\":{},"
                + "\"segments\":[]}]");

        assertThat(run.out()).extracting(line -> line.replaceFirst(":.*", "")).containsExactly("error", "warning");
    }

    @Test
    void rejectsKeysThatPostgresqlCannotStore() {
        Run run = validate("[{\"key\":\"a\\u0000\",\"variants\":{},\"segments\":[]}]");

        assertThat(run.out())
                .containsExactly(
                        "error: flags[\"a\\u0000\"].key: must not contain control characters, such as U+0000 or U+001F");
    }

    @Test
    void reportsInvalidJsonWithItsPosition() {
        Run run = validate("[" + VALID + ",{\"key\":}]");

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out()).containsExactly("error: $[1].key: expected a value, in line 1, column 53");
    }

    @Test
    void rejectsARepeatedKey() {
        assertThat(validate("{\"flags\":[],\"flags\":[]}").out())
                .containsExactly("error: $.flags: this key occurs twice in its object, in line 1, column 13");
    }

    @Test
    void acceptsAByteOrderMark() {
        assertThat(validate("\ufeff[" + VALID + "]").status()).isZero();
    }

    @Test
    void rejectsInvalidUtf8() {
        Run run = Run.of("[\"\u00e9\"]".getBytes(StandardCharsets.ISO_8859_1), "validate", "-");

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out()).containsExactly("error: $: is not valid UTF-8 at byte 2, line 1");
    }

    @Test
    void escapesControlCharactersOfKeys() {
        Run run = validate(
                "{\"flags\":[],\"deployments\":[{\"key\":\"k\",\"type\":\"server\",\"flags\":[\"a\\nb\\u001b\"]}]}");

        assertThat(run.out()).containsExactly("error: deployments[0].flags[0]: no flag has the key 'a\\u000ab\\u001b'");
    }

    private static Run validate(String document) {
        return Run.of(document, "validate", "-");
    }

    private static void assertNoProblems(Run run) {
        assertThat(run).isEqualTo(new Run(0, List.of(), ""));
    }

    private static String withOperator(String operator) {
        return "{\"key\":\"f\",\"variants\":{},\"segments\":[{\"conditions\":[[{\"selector\":[\"context\"],\"op\":\""
                + operator + "\",\"values\":[]}]]}]}";
    }
}
