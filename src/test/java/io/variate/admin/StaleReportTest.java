package io.variate.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.dev.EmbeddedPostgresql;
import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The report on stale flags over HTTP. */
@Tag("slow")
class StaleReportTest {
    private static final String RULESET = "{\"projects\": {\"\": {\"deployments\": [], \"flags\": ["
            + "{\"key\": \"constant\", \"variants\": {\"on\": {\"key\": \"on\"}}, \"segments\": [{\"variant\": \"on\"}]},"
            + "{\"key\": \"targeted\", \"variants\": {\"on\": {\"key\": \"on\"}}, \"segments\": [{\"variant\": \"on\","
            + " \"conditions\": [[{\"selector\": [\"context\", \"user\", \"user_id\"], \"op\": \"is\","
            + " \"values\": [\"u\"]}]]}]},"
            + "{\"key\": \"group\", \"variants\": {}, \"segments\": [],"
            + " \"metadata\": {\"flagType\": \"mutual-exclusion-group\"}}]},"
            + "\"shop\": {\"deployments\": [], \"flags\": []}}}";

    @SuppressWarnings("NullAway.Init")
    private static EmbeddedPostgresql postgresql;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @BeforeAll
    static void start() throws Exception {
        postgresql = EmbeddedPostgresql.start(null, 0);
        node = RunningNode.start(Map.of("VARIATE_POSTGRES_URI", postgresql.uri()));
        HttpResponse<String> put = node.put(RULESET);
        assertThat(put.statusCode()).as(put.body()).isEqualTo(200);
        execute("update variate.revision_time set changed_at = now() - interval '40 days'");
        execute("update variate.usage_start set started_at = now() - interval '35 days'");
    }

    @AfterAll
    static void stop() {
        node.close();
        postgresql.close();
    }

    @Test
    void reportsStaleFlagsWithTheirReasons() {
        JsonObject report = report("");

        assertThat(report.getString("projectId")).isEqualTo("1");
        assertThat(report.getInteger("days")).isEqualTo(30);
        assertThat(reasons(report))
                .isEqualTo(Map.of(
                        "constant", new JsonArray().add("constant").add("silent"),
                        "targeted", new JsonArray().add("silent")));
        JsonObject flag = report.getJsonArray("flags").getJsonObject(0);
        assertThat(flag.getString("lastChanged")).isNotNull();
        assertThat(flag.getString("lastEvaluated")).isNull();
        assertThat(flag.getLong("evaluations")).isZero();
    }

    @Test
    void theNumberOfDaysIsAParameter() {
        assertThat(reasons(report("?days=36"))).isEqualTo(Map.of("constant", new JsonArray().add("constant")));
        assertThat(reasons(report("?days=41"))).isEmpty();
    }

    @Test
    void reportsOnOneProject() {
        assertThat(reasons(report("?projectId=shop"))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "days=0, 400, invalid_parameter",
        "days=3651, 400, invalid_parameter",
        "days=99999999999999999999, 400, invalid_parameter",
        "days=, 400, invalid_parameter",
        "days=-1, 400, invalid_parameter",
        "days=1&days=2, 400, repeated_parameter",
        "projectId=1&projectId=shop, 400, repeated_parameter",
        "projectId=other, 404, unknown_project",
        "projectId=%ED%A0%80, 400, invalid_encoding",
    })
    void rejectsInvalidParameters(String query, int status, String code) {
        HttpResponse<String> rejected = node.admin("GET", "/api/1/reports/stale?" + query, "");

        assertThat(rejected.statusCode()).as(rejected.body()).isEqualTo(status);
        assertThat(RunningNode.error(rejected).getString("code")).isEqualTo(code);
    }

    private static JsonObject report(String query) {
        HttpResponse<String> answer = node.admin("GET", "/api/1/reports/stale" + query, "");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new JsonObject(answer.body());
    }

    private static Map<String, JsonArray> reasons(JsonObject report) {
        return report.getJsonArray("flags").stream()
                .map(JsonObject.class::cast)
                .collect(Collectors.toMap(flag -> flag.getString("key"), flag -> flag.getJsonArray("reasons")));
    }

    private static void execute(String sql) throws Exception {
        try (Connection connection = DriverManager.getConnection(
                        "jdbc:" + postgresql.uri().replace("postgres@", "") + "?user=postgres");
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
