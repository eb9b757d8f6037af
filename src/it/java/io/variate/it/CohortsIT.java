package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.harness.JarNode;
import io.variate.it.harness.Neighbours;
import io.variate.it.harness.NodeSettings;
import io.variate.testing.Await;
import io.variate.testing.FreePorts;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cohort of a million members reaches all nodes, including one without a database, and survives failures. */
class CohortsIT {
    private static final int MEMBERS = 1_000_000;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String RULESET = """
            {"deployments": [{"key": "server-key", "label": "s", "type": "server", "flags": ["*"]}],
             "flags": [
              {"key": "flag", "variants": {"on": {"key": "on"}},
               "segments": [{"variant": "on", "conditions": [[
                {"selector": ["context", "user", "cohort_ids"], "op": "set contains any", "values": ["million"]}]]}]}]}
            """;
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static JarNode one;

    @SuppressWarnings("NullAway.Init")
    private static JarNode two;

    @SuppressWarnings("NullAway.Init")
    private static NodeSettings settingsOfTwo;

    @BeforeAll
    static void startANodeWithADatabaseAndOneWithout() {
        String cluster = Neighbours.unique("cohorts");
        List<Integer> ports = FreePorts.some(2);
        one = JarNode.start(settings("one")
                .set("postgres.uri", Neighbours.database())
                .joining(cluster, ports.get(0), ports.get(1)));
        one.awaitReady();
        one.putRuleset(RULESET);
        settingsOfTwo = settings("two").joining(cluster, ports.get(1), ports.get(0));
        two = JarNode.start(settingsOfTwo);
        two.awaitReady();
    }

    private static NodeSettings settings(String id) {
        return NodeSettings.of(directory, id)
                .set("admin.token", JarNode.TOKEN)
                .set("project.api-key", "api")
                .set("project.secret-key", "secret");
    }

    @AfterAll
    static void stop() {
        one.close();
        two.close();
    }

    @Test
    void aMillionMembersReachAllNodesAndSurviveFailures() throws Exception {
        bothNodesEvaluateWithAMillionUploadedMembers();
        bothServeTheSameDownloadPlainAndCompressed();
        bothFollowAReplacement();
        aNodeKeepsItsCohortsWhenTheLeaderIsKilledAndStartsWithThemAlone();
    }

    private static void bothNodesEvaluateWithAMillionUploadedMembers() throws Exception {
        Path body = directory.resolve("million.ndjson");
        writeMembers(body, "user-");
        long start = System.nanoTime();

        JsonObject stored = put(body);

        System.out.printf("cohorts: PUT of a million answered after %d ms%n", millisSince(start));
        assertThat(stored.getInteger("size")).isEqualTo(MEMBERS);
        Await.until(
                "both nodes evaluate with the cohort",
                PATIENCE,
                () -> isOn(one, "user-999999") && isOn(two, "user-999999"));
        System.out.printf("cohorts: both evaluate with it after %d ms%n", millisSince(start));
        for (JarNode node : List.of(one, two)) {
            assertThat(isOn(node, "user-0")).isTrue();
            assertThat(isOn(node, "user-1000000")).isFalse();
            assertThat(node.metric("variate_cohort_members", "")).isEqualTo(MEMBERS);
        }
    }

    private static void bothServeTheSameDownloadPlainAndCompressed() throws Exception {
        String expected = download(one, false);

        assertThat(download(two, false)).isEqualTo(expected);
        assertThat(download(one, true)).isEqualTo(expected);
        assertThat(download(two, true)).isEqualTo(expected);
    }

    private static void bothFollowAReplacement() throws Exception {
        Path body = directory.resolve("replacement.ndjson");
        writeMembers(body, "other-");
        String before = download(two, false);

        put(body);

        Await.until("both follow", PATIENCE, () -> isOn(one, "other-7") && isOn(two, "other-7"));
        assertThat(isOn(one, "user-7") || isOn(two, "user-7")).isFalse();
        assertThat(download(two, false)).isEqualTo(download(one, false)).isNotEqualTo(before);
    }

    private static void aNodeKeepsItsCohortsWhenTheLeaderIsKilledAndStartsWithThemAlone() throws Exception {
        String before = download(two, false);
        one.kill();

        assertThat(isOn(two, "other-7")).isTrue();
        two.kill();
        two = JarNode.start(settingsOfTwo);
        two.awaitReady();

        assertThat(isOn(two, "other-7")).isTrue();
        assertThat(isOn(two, "user-7")).isFalse();
        assertThat(download(two, false)).isEqualTo(before);
    }

    private static void writeMembers(Path file, String prefix) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < MEMBERS; i++) {
            lines.append('"').append(prefix).append(i).append("\"\n");
        }
        Files.writeString(file, lines);
    }

    private static JsonObject put(Path body) throws Exception {
        HttpResponse<String> answer = CLIENT.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + one.adminPort() + "/api/1/cohorts/million"))
                        .header("Authorization", "Bearer " + JarNode.TOKEN)
                        .PUT(BodyPublishers.ofFile(body))
                        .build(),
                BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new JsonObject(answer.body());
    }

    /** A digest of what is downloaded. */
    private static String download(JarNode node, boolean compressed) throws Exception {
        String keys = Base64.getEncoder().encodeToString("api:secret".getBytes(StandardCharsets.UTF_8));
        HttpResponse<InputStream> answer = CLIENT.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.httpPort() + "/sdk/v1/cohort/million"))
                        .header("Authorization", "Basic " + keys)
                        .header("Accept-Encoding", compressed ? "gzip" : "identity")
                        .build(),
                BodyHandlers.ofInputStream());
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Encoding").isPresent()).isEqualTo(compressed);
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        try (InputStream in = compressed ? new GZIPInputStream(answer.body()) : answer.body()) {
            byte[] block = new byte[1 << 16];
            for (int read = in.read(block); read >= 0; read = in.read(block)) {
                digest.update(block, 0, read);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static boolean isOn(JarNode node, String user) {
        return node.vardata("server-key", Map.of("user_id", user)).body().contains("\"flag\"");
    }

    private static long millisSince(long start) {
        return Duration.ofNanos(System.nanoTime() - start).toMillis();
    }
}
