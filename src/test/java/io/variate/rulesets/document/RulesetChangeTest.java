package io.variate.rulesets.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.variate.json.Problem;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowSet;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class RulesetChangeTest {
    private static final String BODY = "\"variants\":{},\"segments\":[]}";
    private static final RowSet PRESENT = RulesetReader.read("""
            {"projects": {
              "": {"flags": [{"key": "a", "variants": {}, "segments": []}]},
              "p": {"apiKey": "ak", "secretKey": "s",
                "deployments": [{"key": "k1", "type": "server", "flags": ["a"]}],
                "flags": [{"key": "a", "dependencies": ["b"], "variants": {}, "segments": []},
                  {"key": "b", "variants": {}, "segments": [], "metadata": {"flagVersion": 1}},
                  {"key": "c", "variants": {}, "segments": []}]},
              "q": {"flags": [{"key": "z", "variants": {}, "segments": []}]}}}
            """).document().toRowSet(RowSet.EMPTY);

    @Test
    void replacesOneFlagInItsPlace() {
        RowSet after = flag("p", "b", "{\"key\":\"b\",\"new\":1,\"metadata\":{\"flagVersion\":2}," + BODY)
                .rows();

        assertThat(PRESENT.changesTo(after).changed())
                .extracting(row -> row.key().key())
                .containsExactly("b");
        assertThat(Objects.requireNonNull(after.project("p")).flags())
                .extracting(row -> row.key().key())
                .containsExactly("a", "b", "c");
    }

    @Test
    void addsAFlagAtTheEndOfItsProject() {
        RowSet after = flag("p", "0", "{\"key\":\"0\"," + BODY).rows();

        assertThat(PRESENT.changesTo(after).size()).isEqualTo(1);
        assertThat(Objects.requireNonNull(after.project("p")).flags())
                .extracting(row -> row.key().key())
                .containsExactly("a", "b", "c", "0");
        assertThat(flag(RowSet.EMPTY, "", "f", "{\"key\":\"f\"," + BODY).rows().size())
                .isEqualTo(1);
    }

    @Test
    void anEqualFlagChangesNothing() {
        assertThat(flag("p", "c", "{\"key\":\"c\"," + BODY).rows()).isSameAs(PRESENT);
    }

    @Test
    void readsOnlyFlagsThatDependenciesLeadTo() {
        AtomicInteger asked = new AtomicInteger();
        KnownFlags known = project -> {
            asked.incrementAndGet();
            return null;
        };
        RulesetChange.replaceFlag("p", "c", "{\"key\":\"c\",\"dependencies\":[\"a\"]," + BODY, known)
                .applyTo(PRESENT);
        // The new flag, its dependencies a and b, and the flag that it replaces.
        assertThat(asked).hasValue(4);
    }

    @Test
    void rejectsAFlagThatClosesACycle() {
        assertRejected(
                () -> flag("p", "b", "{\"key\":\"b\",\"dependencies\":[\"c\",\"a\"]," + BODY),
                "projects.p.flags.b.dependencies",
                "lead back to this flag, so neither it nor the others on the cycle would be evaluated");
    }

    @Test
    void rejectsAFlagWithAnotherKey() {
        assertRejected(
                () -> flag("p", "b", "{\"key\":\"c\"," + BODY),
                "projects.p.flags.b.key",
                "must be 'b', the key of the flag to replace");
        assertRejected(() -> flag("", "b", "7"), "flags.b", "must be an object");
        assertRejected(
                () -> flag("a b", "b", "{}"),
                "projects[\"a b\"]",
                "must have a key of 1 to 128 characters among A-Z, a-z, 0-9, '.', '_' and '-'");
    }

    @Test
    void rejectsMissingDependencies() {
        assertThatThrownBy(() -> flag("p", "b", "{\"key\":\"b\",\"dependencies\":[\"x\",\"z\"]," + BODY))
                .isInstanceOfSatisfying(InvalidRulesetException.class, rejected -> assertThat(rejected.problems())
                        .containsExactly(
                                new Problem("projects.p.flags.b.dependencies[0]", "no flag has the key 'x'"),
                                new Problem("projects.p.flags.b.dependencies[1]", "no flag has the key 'z'")));
    }

    @Test
    void warnsOfAnUnchangedVersion() {
        assertThat(flag("p", "b", "{\"key\":\"b\",\"dependencies\":[\"c\"],\"metadata\":{\"flagVersion\":1}," + BODY)
                        .warnings())
                .extracting(Problem::path, Problem::reason)
                .containsExactly(tuple(
                        "projects.p.flags.b.metadata.flagVersion",
                        "has not changed although the flag has, so clients that compare it may keep the old flag"));
    }

    @Test
    void removesAFlagThatNothingNeeds() {
        RowSet after = RulesetChange.removeFlag("p", "c", KnownFlags.NONE)
                .applyTo(PRESENT)
                .rows();

        assertThat(PRESENT.changesTo(after).removed())
                .extracting(key -> key.key())
                .containsExactly("c");
        assertRejected(
                () -> RulesetChange.removeFlag("p", "a", KnownFlags.NONE).applyTo(PRESENT),
                "projects.p.deployments[0].flags[0]",
                "lists the flag 'a', so it cannot be removed");
        assertRejected(
                () -> RulesetChange.removeFlag("p", "b", KnownFlags.NONE).applyTo(PRESENT),
                "projects.p.flags.a.dependencies[0]",
                "depends on the flag 'b', so it cannot be removed");
    }

    @Test
    void rejectsChangesOfUnknownElements() {
        assertThatThrownBy(() ->
                        RulesetChange.removeFlag("p", "x", KnownFlags.NONE).applyTo(PRESENT))
                .isInstanceOf(UnknownElementException.class)
                .hasMessage("project 'p' has no flag with the key 'x'");
        assertThatThrownBy(() -> flag("r", "f", "{\"key\":\"f\"," + BODY)).hasMessage("project 'r' does not exist");
        assertThatThrownBy(() -> RulesetChange.removeProject("r").applyTo(PRESENT))
                .hasMessage("project 'r' does not exist");
    }

    @Test
    void replacesOneProject() {
        RowSet after = project("q", "{\"deployments\":[{\"key\":\"k2\",\"type\":\"server\",\"flags\":[]}]}");

        assertThat(after.project("p")).isSameAs(PRESENT.project("p"));
        assertThat(Objects.requireNonNull(after.project("q")).flags()).isEmpty();
        assertThat(Objects.requireNonNull(project("r", "{}").project("r")).project())
                .isNotNull();
    }

    @Test
    void rejectsAProjectWithTheCredentialsOfAnotherOne() {
        assertRejected(
                () -> project("q", "{\"deployments\":[{\"key\":\"k1\",\"type\":\"server\",\"flags\":[]}]}"),
                "projects.q.deployments[0].key",
                "is the same as projects.p.deployments[0].key");
        assertRejected(
                () -> project("q", "{\"apiKey\":\"ak\",\"secretKey\":\"s\"}"),
                "projects.q.apiKey",
                "is the same as projects.p.apiKey");
        assertThat(project("p", "{\"apiKey\":\"ak\",\"secretKey\":\"t\"}").size())
                .isEqualTo(4);
    }

    @Test
    void removesOneProject() {
        RowSet after = RulesetChange.removeProject("p").applyTo(PRESENT).rows();
        assertThat(after.all())
                .extracting(Row::key)
                .extracting(key -> key.project())
                .containsExactly("", "q", "q");
    }

    private static RulesetChange.Outcome flag(String project, String key, String json) {
        return flag(PRESENT, project, key, json);
    }

    private static RulesetChange.Outcome flag(RowSet present, String project, String key, String json) {
        return RulesetChange.replaceFlag(project, key, json, KnownFlags.NONE).applyTo(present);
    }

    private static RowSet project(String key, String json) {
        return RulesetChange.replaceProject(key, CheckedRuleset.ofProject(key, json, KnownFlags.NONE))
                .applyTo(PRESENT)
                .rows();
    }

    private static void assertRejected(ThrowingCallable change, String path, String reason) {
        assertThatThrownBy(change)
                .isInstanceOfSatisfying(InvalidRulesetException.class, rejected -> assertThat(rejected.problems())
                        .containsExactly(new Problem(path, reason)));
    }
}
