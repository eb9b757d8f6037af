package io.variate.rulesets.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.variate.json.Json;
import io.variate.json.Problem;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowKey;
import io.variate.rulesets.rows.RowKind;
import io.variate.rulesets.rows.RowSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProjectsTest {
    private static final String SECRET = "hush-4711";

    @Test
    void readsNamedProjectsAndTheOneWithoutAName() {
        RulesetReader.Reading reading = RulesetReader.read("""
                {"projects": {
                  "checkout": {"apiKey": "a", "secretKey": "s", "flags": [{"key": "f", "variants": {}, "segments": []}],
                    "deployments": [{"key": "k", "type": "server", "flags": ["f"]}]},
                  "": {"flags": [{"key": "f", "variants": {}, "segments": []}], "cohorts": [{"id": "c", "memberIds": []}]}}}
                """);

        assertThat(reading.problems()).isEmpty();
        assertThat(reading.document().projects())
                .extracting(ProjectDocument::key, ProjectDocument::apiKey, project -> project.flags()
                        .size())
                .containsExactly(tuple("checkout", "a", 1), tuple("", null, 1));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'projects':7} | projects | must be an object",
                "{'projects':{'p':7}} | projects.p | must be an object",
                "{'projects':{'a b':{}}} | projects[\"a b\"]"
                        + " | must have a key of 1 to 128 characters among A-Z, a-z, 0-9, '.', '_' and '-'",
                "{'projects':{'p':{'flagz':[]}}} | projects.p.flagz | is not a field of a project",
                "{'projects':{'a.b':{'flags':7}}} | projects[\"a.b\"].flags | must be an array",
                "{'projects':{'p':{'flags':[{'key':'f','variants':{}}]}}} | projects.p.flags.f.segments | is required",
                "{'projects':{'':{'cohorts':[{'id':'c'}]}}} | projects[\"\"].cohorts.c.memberIds"
                        + " | must be an array of strings",
                "{'projects':{'':{'apiKey':'a'}}} | projects[\"\"].apiKey | is not a field of the project without a name:"
                        + " its credentials are project.api-key and project.secret-key in the settings of each node",
                "{'projects':{'p':{'apiKey':'a'}}} | projects.p.secretKey"
                        + " | is required, because apiKey and secretKey belong together",
                "{'projects':{'p':{'secretKey':'s'}}} | projects.p.apiKey"
                        + " | is required, because apiKey and secretKey belong together",
                "{'projects':{'p':{'apiKey':'a b','secretKey':'s'}}} | projects.p.apiKey"
                        + " | must consist of visible ASCII characters, because clients send it in a header",
                "{'projects':{'p':{'apiKey':'a','secretKey':''}}} | projects.p.secretKey | must be a non-empty string",
                "{'projects':{'p':{'apiKey':'a:b','secretKey':'s'}}} | projects.p.apiKey"
                        + " | must not contain a colon, which ends the user name of Basic authentication",
                "{'projects':{'p':{'apiKey':'a','secretKey':'s'},'q':{'apiKey':'a','secretKey':'t'}}}"
                        + " | projects.q.apiKey | is the same as projects.p.apiKey",
                "{'projects':{'p':{'deployments':[{'key':'k','type':'server','flags':[]}]},"
                        + "'q':{'deployments':[{'key':'k','type':'server','flags':[]}]}}}"
                        + " | projects.q.deployments[0].key | is the same as projects.p.deployments[0].key",
                "{'projects':{'p':{'flags':[{'key':'f','variants':{},'segments':[]}]},"
                        + "'q':{'deployments':[{'key':'k','type':'server','flags':['f']}]}}}"
                        + " | projects.q.deployments[0].flags[0] | no flag has the key 'f'",
                "{'projects':{'p':{'apiKey':'a','secretKey':'s','deployments':[{'key':'a','type':'server','flags':[]}]}}}"
                        + " | projects.p.apiKey | is the same as projects.p.deployments[0].key",
                "{'projects':{'p':{'apiKey':'a','secretKey':'s'},"
                        + "'q':{'deployments':[{'key':'a','type':'server','flags':[]}]}}}"
                        + " | projects.p.apiKey | is the same as projects.q.deployments[0].key",
                "{'projects':{'p\\u001fq':{}}} | projects[\"p\\u001fq\"]"
                        + " | must have a key of 1 to 128 characters among A-Z, a-z, 0-9, '.', '_' and '-'",
                "{'apiKey':'a'} | apiKey | is not a field of a ruleset",
            })
    void reportsEachProblemWithItsPath(String json, String path, String reason) {
        // Single quotes in the table stand for double ones, except in reasons.
        assertThat(RulesetReader.read(json.replace('\'', '"')).problems()).containsExactly(new Problem(path, reason));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'projects':{},'flags':[]} | cannot be combined with flags at the top of the document, which is the"
                        + " project without a name: move it to projects[\"\"]",
                "{'deployments':[],'cohorts':[],'projects':{'p':{}}} | cannot be combined with deployments, cohorts at the"
                        + " top of the document, which is the project without a name: move them to projects[\"\"]",
            })
    void rejectsBothFormsAtOnce(String json, String reason) {
        assertThatThrownBy(() -> RulesetReader.read(json.replace('\'', '"')))
                .isInstanceOfSatisfying(InvalidRulesetException.class, rejected -> assertThat(rejected.problems())
                        .containsExactly(new Problem("projects", reason)));
    }

    @Test
    void rejectsADependencyOnAFlagOfAnotherProject() {
        CheckedRuleset checked = CheckedRuleset.ofDocument("""
                {"projects": {"p": {"flags": [{"key": "a", "dependencies": ["b"], "variants": {}, "segments": []}]},
                  "q": {"flags": [{"key": "b", "variants": {}, "segments": []}]}}}
                """);

        assertThat(checked.problems())
                .containsExactly(new Problem(
                        "projects.p.flags.a.dependencies[0]",
                        "exists only in project 'q', so it is missing here: dependencies stay inside a project"));
    }

    @Test
    void aReplacedProjectTellsNothingOfAnotherProject() {
        RowSet present = RulesetChange.replaceAll(CheckedRuleset.ofDocument("""
                        {"projects": {"p": {}, "q": {"flags": [{"key": "b", "variants": {}, "segments": []}]}}}
                        """))
                .applyTo(RowSet.EMPTY)
                .rows();
        RulesetChange change = RulesetChange.replaceProject(
                "p",
                CheckedRuleset.ofProject(
                        "p",
                        "{\"flags\": [{\"key\": \"a\", \"dependencies\": [\"b\", \"c\"], \"variants\": {}, \"segments\": []}]}",
                        KnownFlags.NONE));

        assertThatThrownBy(() -> change.applyTo(present))
                .isInstanceOfSatisfying(InvalidRulesetException.class, rejected -> assertThat(rejected.problems())
                        .filteredOn(Problem::isError)
                        .containsExactly(
                                new Problem("projects.p.flags.a.dependencies[0]", "no flag has the key 'b'"),
                                new Problem("projects.p.flags.a.dependencies[1]", "no flag has the key 'c'")));
    }

    @Test
    void reportsProblemsOfSemanticsInTheirProject() {
        CheckedRuleset checked = CheckedRuleset.ofDocument("""
                {"projects": {"p": {"flags": [{"key": "a", "dependencies": ["a"], "variants": {}, "segments": []}]},
                  "q": {"flags": [{"key": "a", "variants": {"on": {"key": "on", "payload": 1e999}}, "segments": []}]}}}
                """);

        assertThat(checked.problems())
                .extracting(Problem::path)
                .containsExactly("projects.p.flags.a.dependencies", "projects.q.flags.a.variants.on.payload");
    }

    @Test
    void neverPrintsSecrets() {
        String document = """
                {"projects": {"p": {"apiKey": "%1$s", "secretKey": "%1$s",
                    "deployments": [{"key": "%1$s", "label": "l", "type": "server", "flags": []}]},
                  "q": {"apiKey": "%1$s", "secretKey": "%1$s",
                    "deployments": [{"key": "%1$s", "label": "l", "type": "server", "flags": []}]}}}
                """.formatted(SECRET);
        RulesetReader.Reading reading = RulesetReader.read(document);
        RowSet rows = reading.document().toRowSet(RowSet.EMPTY);

        assertThat(reading.problems()).hasSize(3);
        assertThat(reading.toString()).doesNotContain(SECRET);
        assertThat(reading.document().projects().get(0).settings().toString()).doesNotContain(SECRET);
        assertThat(rows.all().toString()).doesNotContain(SECRET);
        assertThatThrownBy(() -> RulesetChange.replaceAll(CheckedRuleset.ofDocument(document)))
                .asString()
                .doesNotContain(SECRET);
    }

    @Test
    void reportsRowsThatCannotBeRead() {
        List<Problem> found = new ArrayList<>();
        RowReader reader = new RowReader(found);

        assertThat(reader.flag(row(RowKind.FLAG, "f", "{\"key\":"))).isNull();
        assertThat(reader.flag(row(RowKind.FLAG, "f", "{\"key\":\"g\",\"variants\":{},\"segments\":[]}")))
                .isNull();
        assertThat(reader.cohort(row(RowKind.COHORT, "c", "[]"))).isNull();
        assertThat(reader.project(row(RowKind.PROJECT, "", "{\"apiKey\":\"" + SECRET + "\"}")))
                .isNull();
        assertThat(reader.deployment(row(
                        RowKind.DEPLOYMENT,
                        SECRET,
                        "{\"key\":\"other\",\"label\":\"shop\",\"type\":\"server\",\"flags\":[]}")))
                .isNull();

        assertThat(found)
                .extracting(Problem::path)
                .containsExactly(
                        "projects.p.flags.f",
                        "projects.p.flags.f.key",
                        "projects.p.cohorts.c",
                        "projects.p.secretKey",
                        "projects.p.deployments.shop.key");
        assertThat(found.toString()).doesNotContain(SECRET);
    }

    @Test
    void acceptsProjectKeysOfUpTo128Characters() {
        String longest = "k".repeat(128);
        assertThat(CheckedRuleset.ofDocument("{\"projects\":{\"" + longest + "\":{}}}")
                        .problems())
                .isEmpty();
        assertThat(CheckedRuleset.ofDocument("{\"projects\":{\"" + longest + "k\":{}}}")
                        .problems())
                .extracting(Problem::path)
                .containsExactly("projects." + longest + "k");
    }

    @ParameterizedTest
    @CsvSource({"\\u001f", "\\n", "\\u007f", "a\\u0000b"})
    void rejectsControlCharactersInKeys(String key) {
        String flag = "{\"key\":\"" + key + "\",\"variants\":{},\"segments\":[]}";
        String cohort = "{\"id\":\"" + key + "\",\"memberIds\":[]}";
        assertThat(CheckedRuleset.ofDocument("{\"flags\":[" + flag + "],\"cohorts\":[" + cohort + "]}")
                        .problems())
                .containsExactly(
                        new Problem(
                                path("flags", key) + ".key",
                                "must not contain control characters, such as U+0000 or U+001F"),
                        new Problem(
                                path("cohorts", key) + ".id",
                                "must not contain control characters, such as U+0000 or U+001F"));
    }

    private static String path(String list, String escaped) {
        return list + "[" + Json.write(Json.parse("\"" + escaped + "\"")) + "]";
    }

    @Test
    void rejectsAProjectWhoseKeysOtherProjectsHave() {
        RowSet present = CheckedRuleset.ofDocument("""
                {"projects": {"p": {"apiKey": "a", "secretKey": "s",
                  "deployments": [{"key": "k", "type": "server", "flags": []}]}}}""").document().toRowSet(RowSet.EMPTY);
        for (String json : List.of(
                "{\"apiKey\":\"k\",\"secretKey\":\"t\"}",
                "{\"deployments\":[{\"key\":\"a\",\"type\":\"server\",\"flags\":[]}]}",
                "{\"apiKey\":\"a\",\"secretKey\":\"t\"}")) {
            RulesetChange change =
                    RulesetChange.replaceProject("q", CheckedRuleset.ofProject("q", json, KnownFlags.NONE));
            assertThatThrownBy(() -> change.applyTo(present))
                    .isInstanceOf(InvalidRulesetException.class)
                    .hasMessageContaining("is the same as projects.p.");
        }
    }

    private static Row row(RowKind kind, String key, String definition) {
        return new Row(new RowKey(kind, "p", key), 1, definition);
    }

    @Test
    @Timeout(30)
    void readsTenThousandProjects() {
        StringBuilder json = new StringBuilder("{\"projects\":{");
        for (int i = 0; i < 10_000; i++) {
            json.append(i == 0 ? "" : ",")
                    .append("\"p%1$d\":{\"apiKey\":\"a%1$d\",\"secretKey\":\"s\",".formatted(i))
                    .append("\"deployments\":[{\"key\":\"k%d\",\"type\":\"server\",\"flags\":[\"*\"]}],".formatted(i))
                    .append("\"flags\":[{\"key\":\"f\",\"n\":%d,\"variants\":{},\"segments\":[]}]}".formatted(i));
        }
        CheckedRuleset checked = CheckedRuleset.ofDocument(json.append("}}").toString());

        assertThat(checked.problems()).isEmpty();
        RowSet rows = checked.document().toRowSet(RowSet.EMPTY);
        assertThat(rows.size()).isEqualTo(30_000);
        RulesetChange.Outcome again = RulesetChange.replaceProject(
                        "p5000",
                        CheckedRuleset.ofProject(
                                "p5000",
                                "{\"flags\":[{\"key\":\"f\",\"n\":5000,\"variants\":{},\"segments\":[]}]}",
                                KnownFlags.NONE))
                .applyTo(rows);
        assertThat(rows.changesTo(again.rows()).size()).isEqualTo(2);
        assertThat(Objects.requireNonNull(again.rows().project("p1"))).isSameAs(rows.project("p1"));
    }
}
