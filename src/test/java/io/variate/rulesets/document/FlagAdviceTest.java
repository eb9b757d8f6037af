package io.variate.rulesets.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.variate.json.Problem;
import io.variate.rulesets.rows.RowSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class FlagAdviceTest {
    private static final String VARIANTS = "{\"on\":{\"key\":\"on\"},\"off\":{\"key\":\"off\"}}";
    private static final String FLAGS = """
            {"key": "child", "dependencies": ["near", "far"], "metadata": {"evaluationMode": "local"},
             "segments": [], "variants": {}},
            {"key": "near", "metadata": {"evaluationMode": "local"}, "segments": [], "variants": {}},
            {"key": "far", "metadata": {"evaluationMode": "remote"}, "segments": [], "variants": {}},
            {"key": "other", "dependencies": ["far"], "segments": [], "variants": {}}
            """;

    @Test
    void warnsAboutALocalFlagWhoseDependencyIsAStub() {
        assertThat(CheckedRuleset.ofDocument(document("client", "*")).problems())
                .extracting(Problem::severity, Problem::path)
                .containsExactly(tuple(Problem.Severity.WARNING, "flags.child.dependencies[1]"));
        assertThat(CheckedRuleset.ofDocument(document("client", "child")).problems())
                .hasSize(1);
        assertThat(CheckedRuleset.ofDocument(document("server", "child")).problems())
                .hasSize(1);
    }

    @Test
    void doesNotWarnIfNoDeploymentGetsAStub() {
        assertThat(CheckedRuleset.ofDocument(
                                document("server", "*").replace("[\"*\"]", "[\"*\"], \"remoteRules\": true"))
                        .problems())
                .isEmpty();
        assertThat(CheckedRuleset.ofDocument(document("client", "other")).problems())
                .isEmpty();
    }

    @Test
    void warnsAboutAFlagThatHasChangedWithoutANewVersion() {
        RowSet before = versions("on", "3", "on", "3", "on", "null").document().toRowSet(RowSet.EMPTY);

        assertThat(warnings(versions("off", "3", "on", "3", "off", "null"), before))
                .extracting(Problem::path)
                .containsExactly("flags.f0.metadata.flagVersion");
        assertThat(warnings(versions("off", "4", "on", "3", "on", "1"), before)).isEmpty();
    }

    private static List<Problem> warnings(CheckedRuleset after, RowSet before) {
        return RulesetChange.replaceAll(after).applyTo(before).warnings();
    }

    private static CheckedRuleset versions(String... variantsAndVersions) {
        StringBuilder flags = new StringBuilder();
        for (int i = 0; i < variantsAndVersions.length; i += 2) {
            flags.append(i == 0 ? "" : ",")
                    .append("{\"key\":\"f%d\",\"segments\":[{\"variant\":\"%s\"}],\"variants\":%s,"
                            .formatted(i, variantsAndVersions[i], VARIANTS))
                    .append("\"metadata\":{\"flagVersion\":%s}}".formatted(variantsAndVersions[i + 1]));
        }
        return CheckedRuleset.ofDocument("{\"flags\":[" + flags + "]}");
    }

    private static String document(String type, String flag) {
        return """
                {"deployments": [{"key": "k", "label": "l", "type": "%s", "flags": ["%s"]}], "flags": [%s]}
                """.formatted(type, flag, FLAGS);
    }
}
