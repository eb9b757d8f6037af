package io.variate.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.dev.EmbeddedPostgresql;
import io.variate.testing.Mistake;
import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Mistakes by way of {@code PUT /api/1/ruleset}. */
@Timeout(60)
@Tag("slow")
class MistakesTest {
    private static final String RULESET = "/api/1/ruleset";

    @SuppressWarnings("NullAway.Init")
    private static EmbeddedPostgresql postgresql;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @BeforeAll
    static void start() {
        postgresql = EmbeddedPostgresql.start(null, 0);
        node = RunningNode.start(Map.of("VARIATE_POSTGRES_URI", postgresql.uri()));
    }

    @AfterAll
    static void stop() {
        node.close();
        postgresql.close();
    }

    private static List<Mistake> mistakes() {
        return Mistake.all();
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void reportsTheMistakeWithPathAndReason(Mistake mistake) {
        reset(mistake.before() == null ? "{}" : mistake.before());

        HttpResponse<String> put = node.put(mistake.after());

        JsonObject body = new JsonObject(put.body());
        JsonArray problems = mistake.outcome() == Mistake.Outcome.WARNING
                ? body.getJsonArray("warnings")
                : body.getJsonObject("error").getJsonArray("problems");
        assertThat(put.statusCode())
                .as(put.body())
                .isEqualTo(
                        switch (mistake.outcome()) {
                            case ERROR -> 400;
                            case WARNING -> 200;
                            case WOULD_BE_EMPTY -> 409;
                        });
        assertThat(problems.stream().map(JsonObject.class::cast))
                .anyMatch(problem -> problem.getString("path").equals(mistake.path())
                        && (problem.getString("message").equals(mistake.reason())
                                || mistake.reason().isEmpty()));
    }

    @Test
    void emptiesTheRulesetIfForced() {
        reset(Mistake.all().stream()
                .filter(mistake -> mistake.name().equals("emptied ruleset"))
                .findFirst()
                .orElseThrow()
                .before());

        HttpResponse<String> refused = node.put("{}");
        assertThat(refused.statusCode()).isEqualTo(409);
        assertThat(RunningNode.error(refused).getString("code")).isEqualTo("would_be_empty");
        assertThat(node.admin("PUT", RULESET + "?force=false", "{}").statusCode())
                .isEqualTo(409);
        assertThat(node.admin("PUT", RULESET + "?force=true", "{}").statusCode())
                .isEqualTo(200);
    }

    @Test
    void removesTheLastFlagAndTheLastProjectOnlyIfForced() {
        String flag = "{\"key\":\"f\",\"variants\":{\"on\":{\"key\":\"on\"}},\"segments\":[{\"variant\":\"on\"}]}";
        String project = "{\"deployments\":[{\"key\":\"k\",\"label\":\"l\",\"type\":\"server\",\"flags\":[\"*\"]}],"
                + "\"flags\":[" + flag + "]}";
        reset("{\"projects\":{\"p\":" + project + "}}");

        assertThat(node.admin("DELETE", RULESET + "/flags/f?project=p", "").statusCode())
                .isEqualTo(409);
        assertThat(node.admin("PUT", RULESET + "/projects/p", "{}").statusCode())
                .isEqualTo(409);
        assertThat(node.admin("DELETE", RULESET + "/projects/p", "").statusCode())
                .isEqualTo(409);
        assertThat(node.admin("DELETE", RULESET + "/flags/f?project=p&force=true", "")
                        .statusCode())
                .isEqualTo(200);
        assertThat(node.admin("DELETE", RULESET + "/projects/p?force=true", "").statusCode())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({"force=", "force=1", "force=TRUE", "force=true&force=true", "force"})
    void rejectsAnotherValueOfForce(String query) {
        HttpResponse<String> put = node.admin("PUT", RULESET + "?" + query, "{}");

        assertThat(put.statusCode()).isEqualTo(400);
        assertThat(RunningNode.error(put).getString("code")).isEqualTo("bad_request");
    }

    private static void reset(String ruleset) {
        HttpResponse<String> put = node.admin("PUT", RULESET + "?force=true", ruleset);
        assertThat(put.statusCode()).as(put.body()).isEqualTo(200);
    }
}
