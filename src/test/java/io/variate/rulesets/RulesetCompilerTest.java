package io.variate.rulesets;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.engine.AnswerShape;
import io.variate.engine.Evaluation;
import io.variate.rulesets.document.EncodedRuleset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class RulesetCompilerTest {
    private static final String DOCUMENT = """
            {"deployments": [
              {"key": "all", "label": "all", "type": "server", "flags": ["*"]},
              {"key": "child-only", "label": "one", "type": "server", "flags": ["child"]},
              {"key": "european", "label": "eu", "type": "server", "zone": "eu", "flags": ["*"]}],
             "flags": [
              {"key": "parent", "variants": {"on": {"key": "on"}}, "segments": [{"variant": "on"}]},
              {"key": "other", "variants": {"on": {"key": "on"}}, "segments": [{"variant": "on"}]},
              {"key": "child", "dependencies": ["parent"], "variants": {"on": {"key": "on"}},
               "segments": [{"conditions": [[{"selector": ["result", "parent", "key"], "op": "is", "values": ["on"]}]],
                             "variant": "on"}]}]}
            """;

    private final Ruleset ruleset = Documents.compile(3, DOCUMENT, "us");

    @Test
    void deploymentKeysAreNotPrinted() {
        Ruleset printed = Documents.compile(3, DOCUMENT.replace("\"all\", \"label\"", "\"hush-key\", \"label\""), "us");

        assertThat(printed + " " + printed.deployment("hush-key") + " " + new EncodedRuleset(3, "{\"hush-key\": 1}"))
                .contains("Ruleset[", "Deployment[")
                .doesNotContain("hush");
    }

    @Test
    void aDeploymentWithAllFlagsGetsEveryFlag() {
        assertThat(answer("all", List.of()))
                .isEqualTo("{\"parent\":{\"key\":\"on\"},\"other\":{\"key\":\"on\"},\"child\":{\"key\":\"on\"}}");
    }

    @Test
    void evaluatesDependenciesThatTheDeploymentDoesNotInclude() {
        assertThat(answer("child-only", List.of())).isEqualTo("{\"child\":{\"key\":\"on\"}}");
    }

    @Test
    void ignoresRequestedFlagsThatTheDeploymentDoesNotInclude() {
        assertThat(answer("child-only", List.of("other", "parent"))).isEqualTo("{}");
    }

    @Test
    void returnsTheDependenciesOfARequestedFlag() {
        assertThat(answer("all", List.of("child")))
                .isEqualTo("{\"parent\":{\"key\":\"on\"},\"child\":{\"key\":\"on\"}}");
    }

    @Test
    void ignoresDeploymentsOfOtherZones() {
        assertThat(ruleset.deployment("european")).isNull();
    }

    private String answer(String deploymentKey, List<String> flagKeys) {
        DeployedFlags deployed = Objects.requireNonNull(ruleset.deployment(deploymentKey));
        byte[] answer =
                Evaluation.of(deployed.plan(flagKeys).read(null, "u", null)).encode(AnswerShape.V1);
        return new String(answer, StandardCharsets.UTF_8);
    }
}
