package io.variate.rulesets.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.variate.json.Problem;
import io.variate.rulesets.rows.RowKind;
import io.variate.rulesets.rows.RowSet;
import java.util.List;
import java.util.Objects;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;

class ElementChangesTest {
    private static final String FLAG = "{\"key\":\"%s\",\"dependencies\":[%s],\"variants\":{},\"segments\":[]}";
    private static final String DEPLOYMENT = "{\"key\":\"%s\",\"label\":\"%s\",\"type\":\"server\",\"flags\":[%s]}";
    private static final RowSet PRESENT = apply(
                    RowSet.EMPTY,
                    flag("a", ""),
                    flag("b", "\"a\""),
                    new ElementChange(RowKind.DEPLOYMENT, "", "k", DEPLOYMENT.formatted("k", "shop", "\"b\""), ""),
                    new ElementChange(RowKind.COHORT, "", "c", "{\"id\":\"c\",\"memberIds\":[\"u\"]}", ""),
                    new ElementChange(RowKind.PROJECT, "p", "", "{\"apiKey\":\"ak\",\"secretKey\":\"s\"}", ""))
            .rows();

    @Test
    void appendsNewElementsAtTheEndOfTheirKindAndProject() {
        RowSet after =
                apply(PRESENT, flag("z", "\"y\""), flag("y", ""), flag("a", "")).rows();

        assertThat(Objects.requireNonNull(after.project("")).flags())
                .extracting(row -> row.key().key())
                .containsExactly("a", "b", "z", "y");
        assertThat(PRESENT.changesTo(after).size()).isEqualTo(2);
    }

    @Test
    void unchangedElementsChangeNothing() {
        assertThat(apply(PRESENT, flag("a", ""), flag("b", "\"a\""), removal(RowKind.FLAG, "x"))
                        .rows())
                .isSameAs(PRESENT);
    }

    @Test
    void rejectsTheRemovalOfAFlagThatOthersUse() {
        assertThat(problems(removal(RowKind.FLAG, "a")))
                .containsExactly(tuple("flags.b.dependencies[0]", "depends on the flag 'a', so it cannot be removed"));
        assertThat(problems(removal(RowKind.FLAG, "b")))
                .containsExactly(tuple("deployments.shop.flags[0]", "lists the flag 'b', so it cannot be removed"));
    }

    @Test
    void removesAFlagTogetherWithItsUses() {
        RowSet after = apply(PRESENT, removal(RowKind.FLAG, "a"), flag("b", "")).rows();

        assertThat(Objects.requireNonNull(after.project("")).flags())
                .extracting(row -> row.key().key())
                .containsExactly("b");
    }

    @Test
    void startsThePathsOfProblemsWithThatOfTheElement() {
        assertThat(problems(new ElementChange(RowKind.FLAG, "", "f", "{\"key\":\"f\",\"variants\":{}}", "body")))
                .containsExactly(tuple("body.segments", "is required"));
        assertThat(problems(new ElementChange(RowKind.FLAG, "", "f", "{\"key\":\"f\",\"variants\":{}}", "")))
                .containsExactly(tuple("segments", "is required"));
        assertThat(problems(new ElementChange(
                        RowKind.FLAG,
                        "",
                        "f",
                        "{\"key\":\"f\",\"variants\":{},\"segments\":[{\"conditions\":[[{\"selector\":[\"context\"],"
                                + "\"op\":\"regex match\",\"values\":[\"(\"]}]]}]}",
                        "")))
                .extracting(problem -> problem.toList().get(0))
                .containsExactly("segments[0].conditions[0][0].values[0]");
    }

    @Test
    void rejectsACycleThroughTwoChangedFlags() {
        assertThat(problems(flag("a", "\"n\""), flag("n", "\"b\"")))
                .extracting(problem -> problem.toList().get(0))
                .containsExactly("a.dependencies", "n.dependencies");
    }

    @Test
    void rejectsADeploymentWithAnUnknownFlagOrATakenKey() {
        assertThat(problems(
                        new ElementChange(RowKind.DEPLOYMENT, "", "n", DEPLOYMENT.formatted("n", "new", "\"x\""), "d")))
                .containsExactly(tuple("d.flags[0]", "no flag has the key 'x'"));
        assertThat(problems(new ElementChange(
                        RowKind.DEPLOYMENT, "p", "k", DEPLOYMENT.formatted("k", "other", "\"*\""), "d")))
                .containsExactly(tuple("d.key", "is the same as deployments.shop.key"));
        assertThat(problems(
                        new ElementChange(RowKind.DEPLOYMENT, "", "ak", DEPLOYMENT.formatted("ak", "x", "\"*\""), "")))
                .containsExactly(tuple("key", "is the same as projects.p.apiKey"));
    }

    @Test
    void createsANamedProjectOnlyByItsOwnRow() {
        assertThatThrownBy(() -> apply(PRESENT, new ElementChange(RowKind.FLAG, "q", "a", FLAG.formatted("a", ""), "")))
                .isInstanceOf(UnknownElementException.class)
                .hasMessage("project 'q' does not exist");
        assertThat(apply(
                                PRESENT,
                                new ElementChange(RowKind.FLAG, "q", "a", FLAG.formatted("a", ""), ""),
                                new ElementChange(RowKind.PROJECT, "q", "", "{}", ""))
                        .rows()
                        .project("q"))
                .isNotNull();
    }

    @Test
    void rejectsTheApiKeyOfTheSettingsInANamedProject() {
        List<ElementChange> changes = List.of(
                new ElementChange(RowKind.PROJECT, "q", "", "{\"apiKey\":\"mine\",\"secretKey\":\"s2\"}", "q"),
                new ElementChange(RowKind.DEPLOYMENT, "p", "mine", DEPLOYMENT.formatted("mine", "l", ""), "l"));

        assertThatThrownBy(() -> RulesetChange.elements(changes, KnownFlags.NONE, true, "mine")
                        .applyTo(PRESENT))
                .isInstanceOfSatisfying(InvalidRulesetException.class, rejected -> assertThat(rejected.problems())
                        .filteredOn(problem -> problem.reason().contains("project.api-key"))
                        .extracting(Problem::path)
                        .containsExactly("q.apiKey", "l.key"));
    }

    @Test
    void neverPrintsCredentials() {
        ElementChange change =
                new ElementChange(RowKind.DEPLOYMENT, "", "hush", DEPLOYMENT.formatted("hush", "l", ""), "");

        assertThat(change.toString()).doesNotContain("hush");
        assertThat(problems(new ElementChange(RowKind.DEPLOYMENT, "", "other", change.definition(), "")))
                .containsExactly(tuple("key", "must be the key of the deployment to replace"));
    }

    private static ElementChange flag(String key, String dependencies) {
        return new ElementChange(RowKind.FLAG, "", key, FLAG.formatted(key, dependencies), key);
    }

    private static ElementChange removal(RowKind kind, String key) {
        return new ElementChange(kind, "", key, null, key);
    }

    private static RulesetChange.Outcome apply(RowSet present, ElementChange... changes) {
        return RulesetChange.elements(List.of(changes), KnownFlags.NONE, true).applyTo(present);
    }

    private static List<Tuple> problems(ElementChange... changes) {
        try {
            apply(PRESENT, changes);
        } catch (InvalidRulesetException rejected) {
            return rejected.problems().stream()
                    .map(problem -> tuple(problem.path(), problem.reason()))
                    .toList();
        }
        return List.of();
    }
}
