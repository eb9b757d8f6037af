package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.dev.EmbeddedPostgresql;
import io.variate.dev.FileTree;
import io.variate.it.harness.Documents;
import io.variate.it.harness.Fleet;
import io.variate.it.harness.JarNode;
import io.variate.testing.Await;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The data directory of PostgreSQL is replaced by an older copy while two nodes run; both recoveries. */
class RestoredBackupIT {
    private static final String RECOVER = "/api/1/ruleset/recover";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static EmbeddedPostgresql postgresql;

    @SuppressWarnings("NullAway.Init")
    private static Fleet fleet;

    @SuppressWarnings("NullAway.Init")
    private static JarNode leader;

    @SuppressWarnings("NullAway.Init")
    private static JarNode follower;

    @BeforeAll
    static void startTwoNodes() {
        postgresql = EmbeddedPostgresql.start(directory.resolve("postgresql"), 0);
        fleet = new Fleet(
                directory, List.of("leader", "follower"), settings -> settings.set("postgres.uri", postgresql.uri()));
        leader = fleet.start("leader");
        follower = fleet.start("follower");
    }

    @AfterAll
    static void stop() {
        fleet.close();
        postgresql.close();
    }

    @Test
    void twoNodesRecoverFromARestoredBackup() throws Exception {
        leader.putRuleset(Documents.colour("old"));
        backUp();
        follower.putRuleset(Documents.colour("between"));
        long served = leader.putRuleset(Documents.colour("new"));
        awaitColour("new");

        restore();
        reportsTheDivergence(leader, served, served - 2);
        keepsServingAndRefusesWrites(served, "new");
        aNodeThatStartsServesWhatTheOtherOneServes();
        long recovered = recoversWhileAClientWaits("database", follower, served);
        servesTheSameOnBothNodes("old");

        long later = leader.putRuleset(Documents.colour("later"));
        assertThat(later).isGreaterThan(recovered);
        awaitColour("later");

        restore();
        reportsTheDivergence(leader, later, served - 2);
        theNextLeaderReportsTheDivergence(later, served - 2);
        recoversWhileAClientWaits("served", leader, later);
        servesTheSameOnBothNodes("later");
        follower.putRuleset(Documents.colour("latest"));
        awaitColour("latest");
        servesTheSameOnBothNodes("latest");
    }

    private static void reportsTheDivergence(JarNode node, long served, long stored) {
        Await.value(
                "the leader reports the divergence", Fleet.SOON, () -> node.dependency("postgres"), "diverged"::equals);
        HttpResponse<String> ready = node.readiness();
        assertThat(ready.statusCode()).isEqualTo(200);
        JsonObject source =
                new JsonObject(ready.body()).getJsonObject("dependencies").getJsonObject("postgres");
        assertThat(source.getString("reason")).contains("POST " + RECOVER);
        assertThat(source.getJsonObject("served").getLong("number")).isEqualTo(served);
        assertThat(source.getJsonObject("stored").getLong("number")).isEqualTo(stored);
        assertThat(node.metric("variate_ruleset_history_diverged", "")).isEqualTo(1);
    }

    private static void keepsServingAndRefusesWrites(long served, String colour) {
        String flag = Documents.colourFlag("refused").encode();
        for (JarNode node : List.of(leader, follower)) {
            for (HttpResponse<String> answer : List.of(
                    node.put(Documents.colour("refused")),
                    node.admin("PUT", "/api/1/ruleset/flags/colour", flag),
                    node.admin("DELETE", "/api/1/ruleset/flags/colour", ""))) {
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(409);
                JsonObject error = new JsonObject(answer.body()).getJsonObject("error");
                assertThat(error.getString("code")).isEqualTo("history_diverged");
                assertThat(error.getString("message")).contains("POST " + RECOVER, "\"database\"", "\"served\"");
                assertThat(error.getJsonObject("served").getLong("number")).isEqualTo(served);
                assertThat(error.getJsonObject("stored").getLong("number")).isEqualTo(served - 2);
            }
            assertThat(answer(node)).isEqualTo(Documents.colourAnswer(colour));
        }
    }

    private static void aNodeThatStartsServesWhatTheOtherOneServes() {
        follower.kill();
        follower = fleet.start("follower");

        assertThat(answer(follower)).isEqualTo(Documents.colourAnswer("new"));
        assertThat(follower.put(Documents.colour("refused")).statusCode()).isEqualTo(409);
    }

    private static void theNextLeaderReportsTheDivergence(long served, long stored) {
        leader.kill();

        reportsTheDivergence(follower, served, stored);
        leader = fleet.start("leader");
        assertThat(answer(leader)).isEqualTo(Documents.colourAnswer("later"));
    }

    /** The client asks the node that does not get the call, and waits for the revision that the recovery will have. */
    private static long recoversWhileAClientWaits(String keep, JarNode node, long served) {
        JarNode other = node == leader ? follower : leader;
        CompletableFuture<HttpResponse<String>> waiting = other.requestAsync(
                "GET",
                "/v1/vardata?user_id=u",
                "",
                "Authorization",
                "Api-Key " + Documents.KEY,
                "X-Variate-Min-Revision",
                Long.toString(served + 1));

        HttpResponse<String> answer = node.admin("POST", RECOVER, "{\"keep\": \"" + keep + "\"}");

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        JsonObject confirmed = new JsonObject(answer.body());
        assertThat(confirmed.getString("kept")).isEqualTo(keep);
        assertThat(confirmed.getLong("revision")).isEqualTo(served + 1);
        HttpResponse<String> waited = waiting.join();
        assertThat(waited.statusCode()).as(waited.body()).isEqualTo(200);
        assertThat(waited.headers().firstValueAsLong("X-Variate-Revision")).hasValue(served + 1);
        Await.until(
                "no node reports a divergence",
                Fleet.SOON,
                () -> leader.metric("variate_ruleset_history_diverged", "") == 0
                        && follower.metric("variate_ruleset_history_diverged", "") == 0);
        assertThat(node.admin("POST", RECOVER, "{\"keep\": \"database\"}").statusCode())
                .as("there is nothing left to settle")
                .isEqualTo(409);
        return served + 1;
    }

    private static void servesTheSameOnBothNodes(String colour) {
        awaitColour(colour);
        Await.until("both nodes have the same revision", Fleet.SOON, () -> tag(leader)
                .equals(tag(follower)));
        for (String path : List.of("/v1/vardata?user_id=u", "/sdk/v2/flags")) {
            String key = "Api-Key " + Documents.KEY;
            HttpResponse<String> one = leader.request("GET", path, "", "Authorization", key);
            HttpResponse<String> two = follower.request("GET", path, "", "Authorization", key);
            assertThat(one.statusCode()).isEqualTo(200);
            assertThat(two.body()).isEqualTo(one.body());
            assertThat(two.headers().firstValue("ETag")).isEqualTo(one.headers().firstValue("ETag"));
        }
        assertThat(follower.admin("GET", "/api/1/ruleset", "").body())
                .isEqualTo(leader.admin("GET", "/api/1/ruleset", "").body())
                .contains(colour);
    }

    private static void awaitColour(String colour) {
        for (JarNode node : List.of(leader, follower)) {
            Await.value(
                    "the node serves the ruleset",
                    Fleet.SOON,
                    () -> answer(node),
                    Documents.colourAnswer(colour)::equals);
        }
    }

    private static String answer(JarNode node) {
        return node.request("GET", "/v1/vardata?user_id=u", "", "Authorization", "Api-Key " + Documents.KEY)
                .body();
    }

    private static String tag(JarNode node) {
        return node.admin("GET", "/api/1/ruleset", "")
                .headers()
                .firstValue("ETag")
                .orElseThrow();
    }

    private static void backUp() throws IOException {
        postgresql.stop();
        copy(data(), directory.resolve("backup"));
        postgresql.restart();
    }

    private static void restore() throws IOException {
        postgresql.stop();
        FileTree.delete(data());
        copy(directory.resolve("backup"), data());
        postgresql.restart();
    }

    private static Path data() {
        return directory.resolve("postgresql").resolve("data");
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                // PostgreSQL requires the permissions of its directory.
                Files.copy(file, to.resolve(from.relativize(file)), StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }
}
