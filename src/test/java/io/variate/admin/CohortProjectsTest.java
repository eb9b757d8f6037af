package io.variate.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The parameter {@code project} of {@code GET /api/1/cohorts}. */
class CohortProjectsTest {
    private static final String RULESET = """
            {"deployments": [], "flags": [], "cohorts": [{"id": "beta", "memberIds": ["alice"]}]}
            """;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @BeforeAll
    static void start() {
        node = RunningNode.serving(RULESET, Map.of());
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @Test
    void listsTheUnnamedProjectWithoutAKey() {
        String all = list("").body();
        JsonObject cohort = new JsonObject(all).getJsonArray("cohorts").getJsonObject(0);

        assertThat(cohort.fieldNames()).containsExactlyInAnyOrder("id", "groupType", "size", "lastModified", "origin");
        assertThat(list("?project=").body()).isEqualTo(all);
    }

    @Test
    void rejectsAProjectThatTheRulesetDoesNotHave() {
        HttpResponse<String> answer = list("?project=shop");

        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(RunningNode.error(answer).getString("code")).isEqualTo("unknown_project");
        assertThat(answer.body()).doesNotContain("shop");
    }

    @Test
    void rejectsSeveralProjects() {
        HttpResponse<String> answer = list("?project=a&project=b");

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(RunningNode.error(answer).getString("path")).isEqualTo("project");
    }

    private static HttpResponse<String> list(String query) {
        return node.admin("GET", "/api/1/cohorts" + query, "");
    }
}
