package io.variate.rulesets.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.variate.json.Json;
import io.variate.json.JsonException;
import io.variate.rulesets.document.RulesetDocument.DefinedFlag;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DocumentParserTest {
    private static final String A =
            "{\"key\":\"a\",\"variants\":{},\"segments\":[],\"n\":12,\"t\":true,\"s\":\"x \\\" {,}\"}";
    private static final String B = "{\"key\":\"b\",\"variants\":{},\"segments\":[]}";
    private static final String C = "{\"key\":\"c\",\"variants\":{},\"segments\":[]}";
    private static final KnownFlags KNOWN = CheckedRuleset.ofDocument(
                    "{\"projects\":{\"\":{\"flags\":[" + A + "," + B + "," + C + "]},\"p\":{\"flags\":[" + B + "]}}}")
            .known();

    @Test
    void takesUnchangedFlagsFromTheKnownOnes() {
        List<?> flags = flags(A, B, C);
        assertThat(flags).allMatch(DefinedFlag.class::isInstance);
        assertThat(flags.get(1))
                .isSameAs(Objects.requireNonNull(KNOWN.project("")).flags().get(1));
    }

    @Test
    void findsUnchangedFlagsAfterAChangedANewAndARemovedOne() {
        assertThat(flags(A.replace("12", "13"), B))
                .satisfiesExactly(
                        changed -> assertThat(changed).isEqualTo(Json.parseStrict(A.replace("12", "13"))),
                        flag -> assertThat(flag).isInstanceOf(DefinedFlag.class));
        assertThat(flags(B.replace("b", "new"), A))
                .satisfiesExactly(added -> assertThat(added).isInstanceOf(Map.class), flag -> assertThat(flag)
                        .isInstanceOf(DefinedFlag.class));
        assertThat(flags(B, C))
                .satisfiesExactly(moved -> assertThat(moved).isInstanceOf(Map.class), flag -> assertThat(flag)
                        .isInstanceOf(DefinedFlag.class));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                " {\"key\" : \"a\" ,\n\t\"variants\":{ },\"segments\":[\r\n],\"n\": 12 ,\"t\":true,\"s\":\"x \\\" {,}\" } ",
                "{ \"key\":\"a\",\"variants\":{},\"segments\":[],\"n\":12,\"t\":true,\"s\":\"x \\\" {,}\"}"
            })
    void ignoresWhiteSpaceBetweenTokens(String flag) {
        assertThat(flags(flag)).allMatch(DefinedFlag.class::isInstance);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"key\":\"a\",\"variants\":{},\"segments\":[],\"n\":12,\"t\":true,\"s\":\"x  \\\" {,}\"}",
                "{\"key\":\"a\",\"variants\":{},\"segments\":[],\"n\":12,\"t\":true,\"s\":\"x \\u0022 {,}\"}",
                "{\"key\":\"a\",\"segments\":[],\"variants\":{},\"n\":12,\"t\":true,\"s\":\"x \\\" {,}\"}"
            })
    void parsesFlagsThatAreWrittenInAnotherWay(String flag) {
        assertThat(flags(flag)).isEqualTo(List.of(Objects.requireNonNull(Json.parseStrict(flag))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"key\":\"a\",\"variants\":{},\"segments\":[],\"n\":1 2,\"t\":true,\"s\":\"x \\\" {,}\"}",
                "{\"key\":\"a\",\"variants\":{},\"segments\":[],\"n\":12,\"t\":tr ue,\"s\":\"x \\\" {,}\"}",
                "{\"key\":\"a\",\"variants\":{},\"segments\":[],\"n\":12,\"t\":true,\"s\":\"x \\\" {,}\"",
                "{\"key\":\"a\",\"variants\":{},\"segments\":[],\"n\":12,\"t\":true,\"s\":\"x \\ \" {,}\"}"
            })
    void rejectsWhatIsNotJson(String flag) {
        assertThatThrownBy(() -> flags(flag)).isInstanceOf(JsonException.class);
    }

    @Test
    void comparesFlagsWithThoseOfTheirProject() {
        assertThat(DocumentParser.document(
                        "{\"projects\":{\"p\":{\"flags\":[" + B + "," + B + "]},\"q\":{\"flags\":[" + B + "]}}}",
                        KNOWN))
                .isEqualTo(Map.of(
                        "projects",
                        Map.of(
                                "p",
                                Map.of("flags", List.of(known("p"), tree(B))),
                                "q",
                                Map.of("flags", List.of(tree(B))))));
        assertThat(DocumentParser.project("p", "{\"flags\":[" + B + "]}", KNOWN))
                .isEqualTo(Map.of("flags", List.of(known("p"))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "7",
                "{\"flags\":7,\"projects\":[]}",
                "{\"projects\":{\"p\":7,\"q\":{\"flags\":{}}}}",
                "{\"flags\":[],\"cohorts\":[1.0]}"
            })
    void parsesEverythingElseAsItIs(String json) {
        assertThat(DocumentParser.document(json, KNOWN)).isEqualTo(Json.parseStrict(json));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{\"flags\":[],\"flags\":[]}", "{\"flags\":[]} x", "{\"projects\":{\"p\":{},\"p\":{}}}", ""})
    void rejectsDuplicateKeysAndTrailingText(String json) {
        assertThatThrownBy(() -> DocumentParser.document(json, KNOWN)).isInstanceOf(JsonException.class);
    }

    private static Object known(String project) {
        return Objects.requireNonNull(KNOWN.project(project)).flags().get(0);
    }

    private static Object tree(String json) {
        return Objects.requireNonNull(Json.parseStrict(json));
    }

    private static List<?> flags(String... flags) {
        Map<?, ?> document = (Map<?, ?>)
                Objects.requireNonNull(DocumentParser.document("{\"flags\":[" + String.join(",", flags) + "]}", KNOWN));
        return (List<?>) Objects.requireNonNull(document.get("flags"));
    }
}
