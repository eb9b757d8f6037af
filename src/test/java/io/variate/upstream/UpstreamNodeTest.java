package io.variate.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.Await;
import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A node in front of another node. */
class UpstreamNodeTest {
    private static final String PROJECT_SECRET = "upstream-project-secret";

    private RunningNode upstream;
    private RunningNode front;
    private boolean upstreamIsClosed;

    @BeforeEach
    void start() {
        upstream = RunningNode.serving(
                document(1, "on"),
                Map.of("VARIATE_PROJECT_API_KEY", "upstream-api-key", "VARIATE_PROJECT_SECRET_KEY", PROJECT_SECRET));
        front = RunningNode.start(settings());
    }

    @AfterEach
    void stop() {
        front.close();
        closeUpstream();
    }

    private void closeUpstream() {
        if (!upstreamIsClosed) {
            upstreamIsClosed = true;
            upstream.close();
        }
    }

    private Map<String, String> settings() {
        String url = "http://127.0.0.1:" + upstream.httpPort();
        Map<String, String> settings = new HashMap<>();
        settings.put("VARIATE_UPSTREAM_FLAGS_URL", url);
        settings.put("VARIATE_UPSTREAM_STREAM_URL", url);
        settings.put("VARIATE_UPSTREAM_COHORTS_URL", url);
        settings.put("VARIATE_UPSTREAM_MANAGEMENT_URL", "http://127.0.0.1:" + upstream.adminPort());
        settings.put("VARIATE_UPSTREAM_MANAGEMENT_KEY", RunningNode.TOKEN);
        settings.put("VARIATE_UPSTREAM_API_KEY", "upstream-api-key");
        settings.put("VARIATE_UPSTREAM_SECRET_KEY", PROJECT_SECRET);
        return settings;
    }

    private static String document(long revision, String variant) {
        JsonArray flags = new JsonArray()
                .add(flag("local", "local", variant, revision))
                .add(flag("remote", "remote", variant, revision))
                .add(flag("other", "local", "on", 1));
        JsonArray deployments = new JsonArray()
                .add(deployment("server-key", "server", List.of("local", "remote")))
                .add(deployment("client-key", "client", List.of("remote", "other")));
        return new JsonObject()
                .put("revision", revision)
                .put("flags", flags)
                .put("deployments", deployments)
                .encode();
    }

    private static JsonObject flag(String key, String mode, String variant, long version) {
        return new JsonObject()
                .put("key", key)
                .put(
                        "variants",
                        new JsonObject()
                                .put("on", new JsonObject().put("key", "on").put("value", "on"))
                                .put("v2", new JsonObject().put("key", "v2").put("value", "v2"))
                                .put("off", new JsonObject().put("key", "off")))
                .put(
                        "segments",
                        new JsonArray()
                                .add(new JsonObject()
                                        .put(
                                                "conditions",
                                                new JsonArray()
                                                        .add(new JsonArray()
                                                                .add(new JsonObject()
                                                                        .put(
                                                                                "selector",
                                                                                new JsonArray()
                                                                                        .add("context")
                                                                                        .add("user")
                                                                                        .add("user_id"))
                                                                        .put("op", "is")
                                                                        .put("values", new JsonArray().add("alice")))))
                                        .put("variant", variant)))
                .put("metadata", new JsonObject().put("evaluationMode", mode).put("flagVersion", version));
    }

    private static JsonObject deployment(String key, String type, List<String> flags) {
        return new JsonObject()
                .put("key", key)
                .put("label", "label of " + key)
                .put("type", type)
                .put("flags", new JsonArray(flags));
    }

    private static JsonObject variants(RunningNode node, String key) {
        return new JsonObject(node.get("/v1/vardata?user_id=alice", "Authorization", "Api-Key " + key)
                .body());
    }

    private static JsonObject variants(RunningNode node, String key, String flag) {
        return new JsonObject(node.get("/v1/vardata?user_id=alice&flag_keys=" + flag, "Authorization", "Api-Key " + key)
                .body());
    }

    @Test
    void answersLikeItsUpstream() {
        for (String key : List.of("server-key", "client-key")) {
            assertThat(variants(front, key)).isEqualTo(variants(upstream, key));
            assertThat(variants(front, key).fieldNames()).hasSize(2);
        }
    }

    @Test
    void servesAChangeWithinASecond() {
        upstream.rewrite(document(2, "v2"));
        Await.until(
                "the upstream serves the change",
                () -> variants(upstream, "server-key").encode().contains("v2"));
        Duration taken = Await.until(
                "the front serves the change",
                Duration.ofSeconds(20),
                () -> variants(front, "server-key").encode().contains("v2")
                        && variants(front, "client-key").encode().contains("v2"));

        assertThat(taken).isLessThan(Duration.ofSeconds(1));
    }

    @Test
    void keepsTheRevisionOfItsUpstream() {
        upstream.rewrite(document(42, "v2"));

        Await.value(
                "the revision of the upstream",
                () -> front.get("/sdk/v2/flags", "Authorization", "Api-Key server-key")
                        .headers()
                        .firstValue("X-Variate-Revision")
                        .orElse(""),
                "42"::equals);
        assertThat(variants(front, "server-key").encode()).contains("v2");
    }

    @Test
    void sendsTheRulesOfRemoteFlagsWithAPublicKeyToHoldersOfTheSecretKeyOnly() {
        assertThat(remoteFlags("client-key", "upstream-api-key", PROJECT_SECRET))
                .contains("alice");
        assertThat(remoteFlags("client-key", "upstream-api-key", "wrong")).doesNotContain("alice");
        assertThat(upstream.get("/sdk/v2/flags?eval_mode=remote", "Authorization", "Api-Key client-key")
                        .body())
                .contains("remote")
                .doesNotContain("alice");
    }

    private String remoteFlags(String key, String apiKey, String secretKey) {
        return upstream.get(
                        "/sdk/v2/flags?eval_mode=remote",
                        "Authorization",
                        "Api-Key " + key,
                        "X-Variate-Project-Authorization",
                        "Basic "
                                + Base64.getEncoder()
                                        .encodeToString((apiKey + ":" + secretKey).getBytes(StandardCharsets.UTF_8)))
                .body();
    }

    @Test
    void sendsTheFlagsOfTheRulesetToHoldersOfTheSecretKey() {
        JsonObject answer = new JsonObject(remoteFlags("client-key", "upstream-api-key", PROJECT_SECRET));

        assertThat(answer.getJsonObject("deployment"))
                .isEqualTo(deployment("client-key", "client", List.of("remote", "other")));
        assertThat(answer.getJsonArray("flags"))
                .containsExactly(flag("remote", "remote", "on", 1), flag("other", "local", "on", 1));
    }

    @Test
    void servesAFlagThatItsUpstreamDoesNotSendToSdks() {
        JsonObject pattern = flag("pattern", "local", "on", 1);
        pattern.getJsonArray("segments")
                .getJsonObject(0)
                .getJsonArray("conditions")
                .getJsonArray(0)
                .getJsonObject(0)
                .put("op", "regex match")
                .put("values", new JsonArray().add("\\X+"));
        JsonObject document = new JsonObject()
                .put("revision", 2)
                .put("flags", new JsonArray().add(pattern))
                .put("deployments", new JsonArray().add(deployment("server-key", "server", List.of("*"))));
        upstream.rewrite(document.encode());

        for (RunningNode node : List.of(upstream, front)) {
            Await.until("the flag is served", () -> variants(node, "server-key", "pattern")
                    .containsKey("pattern"));
        }
        assertThat(variants(front, "server-key")).isEqualTo(variants(upstream, "server-key"));
    }

    @Test
    void keepsServingWithoutItsUpstream() {
        JsonObject before = variants(front, "server-key");
        closeUpstream();

        Await.value("the source is down", this::statusOfSource, "down"::equals);
        assertThat(variants(front, "server-key")).isEqualTo(before);
        assertThat(front.admin("GET", "/health/ready", "").statusCode()).isEqualTo(200);
    }

    private @Nullable String statusOfSource() {
        return new JsonObject(front.admin("GET", "/health/ready", "").body())
                .getJsonObject("dependencies")
                .getJsonObject("upstream")
                .getString("status");
    }

    @Test
    void rejectsWrites() {
        HttpResponse<String> answer = front.put("{}");

        assertThat(answer.statusCode()).isEqualTo(409);
        assertThat(RunningNode.error(answer).getString("code")).isEqualTo("read_only");
    }

    @Test
    void reportsFreshnessWithoutSecrets() {
        String health = front.admin("GET", "/health/ready", "").body();
        String metrics = front.admin("GET", "/metrics", "").body();

        assertThat(health).contains("\"flagsAgeSeconds\"");
        assertThat(metrics).contains("variate_upstream_age_seconds");
        assertThat(health + metrics).doesNotContain(PROJECT_SECRET, RunningNode.TOKEN, "server-key", "client-key");
    }
}
