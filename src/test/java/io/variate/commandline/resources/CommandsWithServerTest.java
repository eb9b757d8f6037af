package io.variate.commandline.resources;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.dev.EmbeddedPostgresql;
import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands with the admin port of a node. */
@Timeout(300)
@Tag("slow")
class CommandsWithServerTest {
    private static final String SERVER_KEY = "server-key-of-the-shop";

    @SuppressWarnings("NullAway.Init")
    private static EmbeddedPostgresql postgresql;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @TempDir
    private Path directory;

    @TempDir
    private Path other;

    @BeforeAll
    static void start() {
        postgresql = EmbeddedPostgresql.start(null, 0);
        node = RunningNode.start(Map.of("VARIATE_POSTGRES_URI", postgresql.uri()));
        send("PUT", "/ruleset", """
                {"flags": [{"key": "odd", "variants": {"on": {"key": "on"}}, "segments": [{"variant": "on"}]}],
                 "deployments": [{"key": "%s", "label": "shop", "type": "server", "flags": ["odd"]}]}""".formatted(SERVER_KEY));
    }

    @AfterAll
    static void stop() {
        node.close();
        postgresql.close();
    }

    @Test
    void applyingAnExportChangesNothing() throws IOException {
        String base = create("flags", "round-base", "");
        String experiment = create(
                "experiments",
                "round",
                ", \"parentDependencies\": {\"flags\": {\"" + base + "\": [\"on\"]}, \"operator\": \"all\"}");
        send("POST", "/experiments/" + experiment + "/variants/on/users", "{\"inclusions\": [\"tester\"]}");
        send("POST", "/mutexes", """
                {"projectId": "1", "key": "round-mutex", "name": "Round", "slots": [
                 {"name": "SLOT 1", "percentage": 50, "experiments": [%s]}, {"name": "SLOT 2", "percentage": 50}]}""".formatted(experiment));
        assertThat(get("/experiments/" + experiment)
                        .getJsonObject("parentDependencies")
                        .getJsonObject("flags")
                        .fieldNames())
                .hasSize(2)
                .contains(base);
        run(0, directory, "export");
        Map<String, String> exported = texts();

        assertThat(run(0, directory, "plan")).containsExactly("no changes");
        assertThat(run(0, directory, "apply")).containsExactly("no changes");
        run(0, directory, "export");

        assertThat(texts()).isEqualTo(exported);
        assertThat(exported).containsKeys("1/experiments/round.json", "1/mutexes/round-mutex.json", "1/flags/odd.json");
        assertThat(exported.values()).noneMatch(text -> text.contains(SERVER_KEY) || text.contains("lastUsed"));
        assertThat(exported.get("1/experiments/round.json"))
                .contains("\"tester\"", "\"round-base\"")
                .doesNotContain("round-mutex", "lastEvaluated");
    }

    @Test
    void aPlanShowsWhoMovesAndApplyMovesThem() throws IOException {
        String id = create("experiments", "moving", "");
        run(0, directory, "export");
        edit(directory, "1/experiments/moving.json", "\"rolloutPercentage\": 20", "\"rolloutPercentage\": 100");

        List<String> plan = run(0, directory, "plan");

        assertThat(plan).contains("~ 1/experiments/moving", "    rolloutPercentage: 20 -> 100");
        assertThat(plan).anyMatch(line -> line.matches("moves: moving: [78][0-9]{2} of 1000 users"));
        assertThat(plan).anyMatch(line -> line.matches(" {4}off -> on: [78][0-9]{2}"));
        assertThat(get("/experiments/" + id).getInteger("rolloutPercentage")).isEqualTo(20);
        assertThat(run(0, directory, "apply", "--reason", "ramp"))
                .anyMatch(line -> line.matches("applied: revision [0-9]+"));
        assertThat(get("/experiments/" + id).getInteger("rolloutPercentage")).isEqualTo(100);
        assertThat(send("GET", "/audit?resourceId=" + id, "").body()).contains("\"reason\":\"ramp\"");
        assertThat(run(0, directory, "plan")).containsExactly("no changes");
    }

    @Test
    void aStaleCheckoutIsAConflict() throws IOException {
        String id = create("experiments", "contested", "");
        run(0, directory, "export");
        run(0, other, "export");
        edit(other, "1/experiments/contested.json", "\"rolloutPercentage\": 20", "\"rolloutPercentage\": 30");
        run(0, other, "apply");
        edit(directory, "1/experiments/contested.json", "\"rolloutPercentage\": 20", "\"rolloutPercentage\": 40");

        assertThat(run(1, directory, "apply"))
                .anyMatch(line -> line.startsWith("conflict: 1/experiments/contested: was exported at version 2"));
        assertThat(get("/experiments/" + id).getInteger("rolloutPercentage")).isEqualTo(30);
    }

    @Test
    void theServerRefusesAStaleBatch() {
        String id = create("experiments", "raced", "");
        send("PATCH", "/experiments/" + id, "{\"rolloutPercentage\": 30}");

        HttpResponse<String> batch = node.admin(
                "POST",
                "/api/1/batch",
                "{\"writes\": [{\"method\": \"PATCH\", \"path\": \"/experiments/" + id
                        + "\", \"ifMatch\": \"\\\"1\\\"\", \"body\": {\"rolloutPercentage\": 40}}]}");

        assertThat(batch.statusCode()).as(batch.body()).isEqualTo(412);
        assertThat(get("/experiments/" + id).getInteger("rolloutPercentage")).isEqualTo(30);
    }

    @Test
    void anImportFromAmplitudeCanBeApplied() throws IOException {
        Path document = other.resolve("amplitude.json");
        Files.writeString(document, """
                {"deployments": [{"id": "14", "projectId": "9", "label": "imported-web", "key": "client-abc", "deleted": false}],
                 "flags": [{"id": "7", "projectId": "9", "deployments": ["14"], "key": "imported-base", "enabled": true,
                   "variants": [{"key": "on"}], "rolloutPercentage": 100, "rolloutWeights": {"on": 1}}],
                 "experiments": [{"id": "9", "projectId": "9", "deployments": ["14"], "key": "imported-test",
                   "variants": [{"key": "control"}, {"key": "treatment"}], "experimentType": "a-b-test",
                   "parentDependencies": {"flags": {"7": ["on"]}, "operator": "all"}}]}""");

        assertThat(command(
                        0,
                        "import",
                        List.of("amplitude", "--management", document.toString(), "--dir", "" + directory)))
                .contains("managed: flag imported-base", "managed: experiment imported-test");
        assertThat(run(0, directory, "apply"))
                .contains("+ 1/flags/imported-base", "+ 1/experiments/imported-test", "+ 1/deployments/imported-web")
                .anyMatch(line -> line.startsWith("applied: revision "));

        assertThat(new JsonObject(send("GET", "/experiments?key=imported-test", "")
                                .body())
                        .getJsonArray("experiments"))
                .hasSize(1);
    }

    @Test
    void importsFromAServerWithAmplitudesApi() throws IOException {
        String id = create("experiments", "remote", "");
        send("POST", "/experiments/" + id + "/variants/on/users", "{\"inclusions\": [\"tester\"]}");

        List<String> report = command(
                0, "import", List.of("amplitude", "--management", url() + "/api/1", "--dir", directory.toString()));

        assertThat(report).contains("managed: experiment remote", "raw: flag odd");
        assertThat(texts().get("1/experiments/remote.json")).contains("\"tester\"");
    }

    private static String url() {
        return "http://127.0.0.1:" + node.adminPort();
    }

    private static List<String> run(int status, Path directory, String command, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("--url", url(), "--dir", directory.toString()));
        arguments.addAll(List.of(more));
        return command(status, command, arguments);
    }

    private static List<String> command(int status, String command, List<String> arguments) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int actual = new ResourceCommands(
                        out, Map.of("VARIATE_TOKEN", RunningNode.TOKEN, "AMPLITUDE_MANAGEMENT_KEY", RunningNode.TOKEN))
                .run(command, arguments);
        String printed = out.toString(StandardCharsets.UTF_8);
        assertThat(actual).as(printed).isEqualTo(status);
        return printed.lines()
                .filter(line -> !line.endsWith(": only on the server, left alone"))
                .toList();
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

    private static JsonObject get(String path) {
        return new JsonObject(send("GET", path, "").body());
    }

    private static HttpResponse<String> send(String method, String path, String body) {
        HttpResponse<String> answer = node.admin(method, "/api/1" + path, body, "Content-Type", "application/json");
        assertThat(answer.statusCode())
                .as("%s %s: %s", method, path, answer.body())
                .isEqualTo(200);
        return answer;
    }

    private static void edit(Path root, String file, String before, String after) throws IOException {
        Path path = root.resolve(file);
        String text = Files.readString(path);
        assertThat(text).contains(before);
        Files.writeString(path, text.replace(before, after));
    }

    private Map<String, String> texts() throws IOException {
        Map<String, String> texts = new TreeMap<>();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                texts.put(directory.relativize(file).toString(), Files.readString(file));
            }
        }
        return texts;
    }
}
