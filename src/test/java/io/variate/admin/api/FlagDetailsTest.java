package io.variate.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.dev.EmbeddedPostgresql;
import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Answers about flags and experiments show their usage and the groups that contain them; previews cover writes. */
@Tag("slow")
class FlagDetailsTest {
    @SuppressWarnings("NullAway.Init")
    private static EmbeddedPostgresql postgresql;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @SuppressWarnings("NullAway.Init")
    private static String base;

    @SuppressWarnings("NullAway.Init")
    private static String experiment;

    @SuppressWarnings("NullAway.Init")
    private static String mutex;

    @BeforeAll
    static void start() throws Exception {
        postgresql = EmbeddedPostgresql.start(null, 0);
        node = RunningNode.start(Map.of("VARIATE_POSTGRES_URI", postgresql.uri()));
        base = create("flags", "base", "");
        experiment = create(
                "experiments",
                "test",
                ", \"parentDependencies\": {\"flags\": {\"" + base + "\": [\"on\"]}, \"operator\": \"all\"}");
        mutex = new JsonObject(
                        send("POST", "/mutexes", """
                        {"projectId": "1", "key": "mutex", "name": "M", "slots":
                         [{"percentage": 60, "experiments": [%s]}, {"percentage": 40}]}""".formatted(experiment)).body())
                .getString("id");
        try (Connection connection = DriverManager.getConnection(
                        "jdbc:" + postgresql.uri().replace("postgres@", "") + "?user=postgres");
                Statement statement = connection.createStatement()) {
            statement.execute("insert into variate.flag_usage (project, key, evaluations, last_evaluated)"
                    + " values ('', 'test', 7, '2026-01-02T03:04:05Z'), ('shop', 'base', 1, now())");
        }
    }

    @AfterAll
    static void stop() {
        node.close();
        postgresql.close();
    }

    @Test
    void showsWhenAFlagWasLastEvaluated() {
        assertThat(get("/experiments/" + experiment).getString("lastEvaluated")).isEqualTo("2026-01-02T03:04:05.000Z");
        assertThat(listed("experiments", "test").getString("lastEvaluated")).isEqualTo("2026-01-02T03:04:05.000Z");
        for (JsonObject flag : List.of(get("/flags/" + base), listed("flags", "base"))) {
            assertThat(flag.containsKey("lastEvaluated")).isTrue();
            assertThat(flag.getString("lastEvaluated")).isNull();
        }
    }

    @Test
    void showsMembershipsAsDependencies() {
        for (JsonObject shown : List.of(get("/experiments/" + experiment), listed("experiments", "test"))) {
            assertThat(parents(shown))
                    .isEqualTo(new JsonObject()
                            .put(mutex, new JsonArray().add("slot-1"))
                            .put(base, new JsonArray().add("on")));
        }
        assertThat(parents(get("/flags/" + base))).isEmpty();
    }

    @Test
    void acceptsTheDependenciesThatItShows() {
        JsonObject shown = get("/experiments/" + experiment);

        send(
                "PATCH",
                "/experiments/" + experiment,
                new JsonObject()
                        .put("parentDependencies", shown.getJsonObject("parentDependencies"))
                        .encode());

        assertThat(get("/experiments/" + experiment).getJsonObject("parentDependencies"))
                .isEqualTo(shown.getJsonObject("parentDependencies"));
    }

    @Test
    void previewsWritesWithoutStoringThem() {
        String id = create("flags", "ramp", "");
        String writes = "\"writes\": [{\"method\": \"PATCH\", \"path\": \"/flags/" + id
                + "\", \"body\": {\"rolloutPercentage\": 70}}]";

        List<JsonObject> lines = preview("{" + writes + ", \"users\": {\"generate\": {\"count\": 1000}}}");

        JsonObject moves = only(lines, "flag");
        assertThat(moves.getString("flag")).isEqualTo("ramp");
        assertThat(moves.getLong("moved")).isBetween(400L, 600L);
        assertThat(moves.getJsonArray("moves").stream()
                        .map(JsonObject.class::cast)
                        .filter(move -> !Objects.equals(move.getString("from"), move.getString("to"))))
                .hasSize(1);
        assertThat(get("/flags/" + id).getInteger("rolloutPercentage")).isEqualTo(20);
    }

    @Test
    void previewsAReturnToAPastRevision() {
        String id = create("flags", "past", "");
        long before = revision(only(preview("{\"flags\": [], \"users\": [{}]}"), "begin"));
        send("PATCH", "/flags/" + id, "{\"rolloutPercentage\": 100}");

        List<JsonObject> lines =
                preview("{\"revision\": " + before + ", \"users\": {\"generate\": {\"count\": 1000}}}");

        assertThat(revision(only(lines, "begin"))).isEqualTo(before + 1);
        assertThat(only(lines, "flag").getString("flag")).isEqualTo("past");
        assertThat(only(lines, "flag").getLong("moved")).isBetween(700L, 900L);
        assertThat(get("/flags/" + id).getInteger("rolloutPercentage")).isEqualTo(100);
    }

    @Test
    void rejectsInvalidWritesAndUnknownRevisions() {
        assertRejected(
                "{\"writes\": [{\"method\": \"PATCH\", \"path\": \"/flags/999999\", \"body\": {}}], \"users\": [{}]}",
                404,
                "unknown_flag");
        assertRejected(
                "{\"writes\": [{\"method\": \"PATCH\", \"path\": \"/flags/" + base
                        + "\", \"body\": {\"rolloutPercentage\": 101}}], \"users\": [{}]}",
                400,
                "invalid_resource");
        assertRejected("{\"revision\": 999999, \"users\": [{}]}", 404, "unknown_revision");
    }

    private static void assertRejected(String body, int status, String code) {
        HttpResponse<String> answer = node.admin("POST", "/api/1/preview", body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(RunningNode.error(answer).getString("code")).isEqualTo(code);
    }

    private static List<JsonObject> preview(String body) {
        return send("POST", "/preview", body)
                .body()
                .lines()
                .map(JsonObject::new)
                .toList();
    }

    private static JsonObject only(List<JsonObject> lines, String type) {
        List<JsonObject> found = lines.stream()
                .filter(line -> line.getString("type").equals(type))
                .toList();
        assertThat(found).as("%s", lines).hasSize(1);
        return found.get(0);
    }

    private static long revision(JsonObject begin) {
        return begin.getLong("revision");
    }

    private static JsonObject parents(JsonObject flag) {
        JsonObject parents = flag.getJsonObject("parentDependencies");
        return parents == null ? new JsonObject() : parents.getJsonObject("flags");
    }

    private static JsonObject listed(String set, String key) {
        return get("/" + set + "?key=" + key).getJsonArray(set).getJsonObject(0);
    }

    private static JsonObject get(String path) {
        return new JsonObject(send("GET", path, "").body());
    }

    /** Creates an enabled flag or experiment that gives a fifth of the users a variant. */
    private static String create(String set, String key, String fields) {
        String id = new JsonObject(send(
                                "POST",
                                "/" + set,
                                "{\"projectId\": \"1\", \"key\": \"" + key
                                        + "\", \"variants\": [{\"key\": \"on\"}], \"rolloutWeights\": {\"on\": 1}}")
                        .body())
                .getString("id");
        send("PATCH", "/" + set + "/" + id, "{\"enabled\": true, \"rolloutPercentage\": 20" + fields + "}");
        return id;
    }

    private static HttpResponse<String> send(String method, String path, String body) {
        HttpResponse<String> answer = node.admin(method, "/api/1" + path, body, "Content-Type", "application/json");
        assertThat(answer.statusCode())
                .as("%s %s: %s", method, path, answer.body())
                .isEqualTo(200);
        return answer;
    }
}
