package io.variate.rulesets;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.engine.Evaluation;
import io.variate.json.Problem;
import io.variate.rulesets.document.CheckedRuleset;
import io.variate.rulesets.document.FlagFilter;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class LocalDeliveryTest {

    @ParameterizedTest
    @ValueSource(strings = {"\\p{L}+", "(?>a|ab)c", "(?iu)a", "\\X", "a**", "((((){1000}){1000}){1000}){1000}"})
    void withholdsAFlagWithAPatternThatBreaksAnSdkAndItsDependents(String pattern) {
        Ruleset ruleset = ruleset(pattern);
        ServedFlags served = deployed(ruleset).served();

        assertThat(ruleset.withheld()).containsExactly("child", "grandchild", "pattern");
        assertThat(served.json().toString())
                .contains("\"key\":\"other\"")
                .doesNotContain("\"key\":\"pattern\"", "\"key\":\"child\"", "\"key\":\"grandchild\"");
        assertThat(served.json(new FlagFilter(null, null, List.of("grandchild")))
                        .toString())
                .isEqualTo("[]");
        assertThat(served.event().toString()).doesNotContain("grandchild");
    }

    @Test
    void evaluatesAWithheldFlagOnTheServer() {
        DeployedFlags deployed = deployed(ruleset("\\p{L}+"));

        assertThat(deployed.keys(new FlagFilter("local", null, List.of()))).contains("pattern", "child");
        assertThat(Evaluation.of(deployed.plan(List.of("pattern")).read(null, "ä", null))
                        .size())
                .isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"(?i)a", "a++b", "[a-c&&[^b]]", "(?=a)a", "\\Qa\\E"})
    void deliversAFlagWithAPortableOrRewrittenPattern(String pattern) {
        Ruleset ruleset = ruleset(pattern);

        assertThat(ruleset.withheld()).isEmpty();
        assertThat(deployed(ruleset).served().json().toString()).contains("\"key\":\"grandchild\"");
    }

    @Test
    void reportsAnOverlyComplexPatternAndEvaluatesOtherFlags() {
        Ruleset ruleset = ruleset("(?:(?:){60000}){60000}");

        assertThat(ruleset.problems()).extracting(Problem::reason).anyMatch(reason -> reason.contains("may take more"));
        assertThat(Evaluation.of(deployed(ruleset).plan(List.of()).read(null, "a", null))
                        .iterator()
                        .next()
                        .flagKey())
                .isEqualTo("other");
    }

    @Test
    void warnsAboutTheDependentsOfAWithheldFlag() {
        assertThat(CheckedRuleset.ofDocument(document("\\\\p{L}+")).problems())
                .extracting(Problem::path)
                .containsExactly(
                        "flags.pattern.segments[0].conditions[0][0].values[0]",
                        "flags.child.dependencies[0]",
                        "flags.grandchild.dependencies[0]");
    }

    private static DeployedFlags deployed(Ruleset ruleset) {
        return Objects.requireNonNull(ruleset.deployment("server-key"));
    }

    private static Ruleset ruleset(String pattern) {
        return Documents.compile(1, document(pattern.replace("\\", "\\\\")), "us");
    }

    private static String document(String escapedPattern) {
        return """
                {"deployments": [{"key": "server-key", "label": "all", "type": "server", "flags": ["*"]}],
                 "flags": [
                  {"key": "other", "variants": {"on": {"key": "on"}}, "segments": [{"variant": "on"}]},
                  {"key": "pattern", "metadata": {"evaluationMode": "local"}, "variants": {"on": {"key": "on"}},
                   "segments": [{"variant": "on", "conditions": [[
                     {"selector": ["context", "user", "user_id"], "op": "regex match", "values": ["%s"]}]]}]},
                  {"key": "child", "metadata": {"evaluationMode": "local"}, "dependencies": ["pattern"],
                   "variants": {"on": {"key": "on"}}, "segments": []},
                  {"key": "grandchild", "metadata": {"evaluationMode": "local"}, "dependencies": ["child"],
                   "variants": {"on": {"key": "on"}}, "segments": []}]}
                """.formatted(escapedPattern);
    }
}
