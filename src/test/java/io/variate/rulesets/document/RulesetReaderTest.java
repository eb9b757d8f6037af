package io.variate.rulesets.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.variate.json.Problem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RulesetReaderTest {
    private static final String FLAG = "{\"key\":\"f\",\"variants\":{\"on\":{\"key\":\"on\"}},\"segments\":[]}";
    private static final String DEPLOYMENT = "{\"key\":\"k\",\"label\":\"l\",\"type\":\"server\",\"flags\":[\"*\"]}";

    @Test
    void readsAWholeDocument() {
        RulesetReader.Reading reading = RulesetReader.read("{\"revision\":7,\"deployments\":[" + DEPLOYMENT
                + "],\"flags\":[" + FLAG + "],\"cohorts\":[{\"id\":\"c\",\"memberIds\":[\"u\"]}]}");
        assertThat(reading.problems()).isEmpty();
        assertThat(reading.document().revision()).isEqualTo(7);
        assertThat(reading.document().deployments()).hasSize(1);
        assertThat(reading.document().flags()).hasSize(1);
        assertThat(reading.document().cohorts()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"flagz\":[]} | flagz | is not a field of a ruleset",
                "{\"revision\":-1} | revision | must be an integer, 0 or more",
                "{\"revision\":1.5} | revision | must be an integer, 0 or more",
                "{\"flags\":{}} | flags | must be an array",
                "{\"deployments\":[7]} | deployments[0] | must be an object",
                "{\"deployments\":[{\"label\":\"l\",\"type\":\"server\",\"flags\":[]}]} | deployments.l.key"
                        + " | is missing",
                "{\"deployments\":[{\"key\":\"a b\",\"type\":\"server\",\"flags\":[]}]} | deployments[0].key"
                        + " | must consist of visible ASCII characters, because clients send it in a header",
                "{\"deployments\":[{\"key\":\"k\",\"type\":\"robot\",\"flags\":[]}]} | deployments[0].type"
                        + " | must be \"server\" or \"client\"",
                "{\"deployments\":[{\"key\":\"k\",\"type\":\"server\"}]} | deployments[0].flags"
                        + " | must be an array of flag keys, or [\"*\"] for all",
                "{\"deployments\":[{\"key\":\"k\",\"type\":\"server\",\"flags\":[\"gone\"]}]}"
                        + " | deployments[0].flags[0] | no flag has the key 'gone'",
                "{\"deployments\":[{\"key\":\"k\",\"type\":\"server\",\"flags\":[],\"cacheSeconds\":-1}]}"
                        + " | deployments[0].cacheSeconds | must be an integer between 0 and 31536000",
                "{\"deployments\":[{\"key\":\"k\",\"type\":\"server\",\"flags\":[],\"remoteRules\":\"true\"}]}"
                        + " | deployments[0].remoteRules | must be true or false",
                "{\"deployments\":[{\"key\":\"k\",\"type\":\"client\",\"flags\":[],\"remoteRules\":true}]}"
                        + " | deployments[0].remoteRules"
                        + " | requires the type \"server\", because keys of type \"client\" are public",
                "{\"deployments\":[{\"key\":\"k\",\"type\":\"server\",\"flags\":[],\"evaluationId\":1}]}"
                        + " | deployments[0].evaluationId | must be true or false",
                "{\"deployments\":[{\"key\":\"k\",\"type\":\"client\",\"flags\":[],\"evaluationId\":true,\"cacheSeconds\":1}]}"
                        + " | deployments[0].cacheSeconds"
                        + " | must be 0 with evaluationId, which makes every response unique",
                "{\"deployments\":[{\"key\":\"k\",\"type\":\"server\",\"flags\":[],\"zones\":\"us\"}]}"
                        + " | deployments[0].zones | is not a field of a deployment",
                "{\"cohorts\":[{\"id\":\"c\"}]} | cohorts.c.memberIds | must be an array of strings",
            })
    void reportsEachProblemWithItsPath(String json, String path, String reason) {
        assertThat(RulesetReader.read(json).problems()).containsExactly(new Problem(path, reason));
    }

    @Test
    void anInvalidFlagDoesNotAffectTheOthers() {
        RulesetReader.Reading reading = RulesetReader.read("{\"flags\":[{\"key\":\"bad\"}," + FLAG + "]}");
        assertThat(reading.document().flags()).hasSize(1);
        assertThat(reading.problems()).extracting(Problem::path).contains("flags.bad.variants");
    }

    @Test
    void reportsARepeatedKeyByItsPathAndNotItsSecretValue() {
        RulesetReader.Reading reading = RulesetReader.read("{\"deployments\":[" + DEPLOYMENT + "," + DEPLOYMENT + "]}");
        assertThat(reading.problems())
                .containsExactly(new Problem("deployments[1].key", "is the same as deployments.l.key"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"{\"flags\":[ | $.flags[0]", "[] | $", "7 | $", "{\"flags\":[],\"flags\":[]} | $.flags"})
    void rejectsTextThatIsNotADocument(String json, String path) {
        assertThatThrownBy(() -> RulesetReader.read(json))
                .isInstanceOfSatisfying(InvalidRulesetException.class, refused -> assertThat(refused.problems())
                        .extracting(Problem::path)
                        .containsExactly(path));
    }
}
