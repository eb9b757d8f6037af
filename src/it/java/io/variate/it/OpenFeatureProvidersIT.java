package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.harness.JarNode;
import io.variate.it.harness.Neighbours;
import io.variate.it.harness.NodeSettings;
import io.variate.it.harness.RecordingProxy;
import io.variate.it.harness.RecordingProxy.Exchange;
import io.variate.it.harness.SdkRuleset;
import io.variate.it.harness.SdkScript;
import io.variate.testing.Await;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The providers of OpenFeature for servers and for the web that speak its protocol, as npm serves them. */
class OpenFeatureProvidersIT {
    private static final JsonObject ANN =
            new JsonObject().put("targetingKey", "ann").put("plan", "gold");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static JarNode node;

    @SuppressWarnings("NullAway.Init")
    private RecordingProxy proxy;

    @BeforeAll
    static void start() {
        node = JarNode.start(NodeSettings.of(directory, "node")
                .set("postgres.uri", Neighbours.database())
                .set("evaluation.timeout", "10s")
                .set("admin.token", JarNode.TOKEN));
        node.awaitReady();
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @BeforeEach
    void listen() {
        proxy = RecordingProxy.before(node.httpPort());
        node.putRuleset(ruleset("ann"));
    }

    @AfterEach
    void hangUp() {
        proxy.close();
    }

    /** A flag of on and off for one user, one with words and one with an object as payload for a plan. */
    private static String ruleset(String user) {
        JsonObject words = SdkRuleset.flag("words", "remote", plan());
        words.getJsonObject("variants").getJsonObject("on").put("value", "welcome");
        JsonObject layout = SdkRuleset.flag("layout", "remote", plan());
        layout.getJsonObject("variants").getJsonObject("on").put("payload", new JsonObject().put("columns", 3));
        return SdkRuleset.document(SdkRuleset.flag("switch", "remote", SdkRuleset.is("user_id", user)), words, layout)
                .encode();
    }

    private static JsonObject plan() {
        return SdkRuleset.is("user_properties", "gold")
                .put("selector", JsonArray.of("context", "user", "user_properties", "plan"));
    }

    @Test
    void resolveFlagsOfEachTypeOnAServer() {
        List<JsonObject> details = resolve(
                SdkRuleset.SERVER_KEY,
                flag("Boolean", "switch", false, ANN),
                flag("String", "words", "hello", ANN),
                flag("Object", "layout", new JsonObject(), ANN));

        assertThat(details.get(0).getBoolean("value")).isTrue();
        assertThat(details.get(0).getString("reason")).isEqualTo("TARGETING_MATCH");
        assertThat(details.get(0).getString("variant")).isEqualTo("on");
        assertThat(details.get(0).getJsonObject("flagMetadata").getInteger("flagVersion"))
                .isEqualTo(1);
        assertThat(details.get(1).getString("value")).isEqualTo("welcome");
        assertThat(details.get(2).getJsonObject("value")).isEqualTo(new JsonObject().put("columns", 3));
        assertThat(details)
                .noneSatisfy(each -> assertThat(each.containsKey("errorCode")).isTrue());
    }

    @Test
    void fallBackToTheDefaultsOfTheApplicationOnAServer() {
        JsonObject bob = new JsonObject().put("targetingKey", "bob");

        List<JsonObject> details = resolve(
                SdkRuleset.SERVER_KEY,
                flag("Boolean", "switch", true, bob),
                flag("String", "words", "hello", bob),
                flag("String", "unknown", "hello", bob),
                flag("Number", "words", 7, ANN));

        assertThat(details.get(0).getBoolean("value"))
                .as("off is false, not a default")
                .isFalse();
        assertThat(details.get(1).getString("value")).isEqualTo("hello");
        assertThat(details.get(2).getString("value")).isEqualTo("hello");
        assertThat(details.get(2).getString("errorCode")).isEqualTo("FLAG_NOT_FOUND");
        assertThat(details.get(3).getInteger("value")).isEqualTo(7);
        assertThat(details.get(3).getString("errorCode")).isEqualTo("TYPE_MISMATCH");
    }

    @Test
    void reportAnInvalidKeyOnAServer() {
        List<JsonObject> details = resolve("server-unknown", flag("Boolean", "switch", true, ANN));

        assertThat(details.get(0).getString("errorCode")).isEqualTo("GENERAL");
        assertThat(proxy.exchanges()).extracting(Exchange::status).containsExactly(401);
    }

    @Test
    void resolveFlagsOnACrossOriginPageAndReceiveChanges() {
        try (SdkScript script = page(new JsonObject())) {
            assertThat(script.next().getString("error")).isNull();
            Await.until("the stream is open", Duration.ofSeconds(30), () -> proxy.exchanges("/ofrep/v1/stream").stream()
                    .anyMatch(exchange -> exchange.status() == 200));

            node.putRuleset(ruleset("somebody else"));

            assertThat(script.next("flagsChanged").getJsonArray("flagsChanged")).containsExactly("switch");
            assertThat(proxy.exchanges("/ofrep/v1/evaluate/flags"))
                    .anyMatch(exchange -> exchange.path().contains("flagConfigEtag="));
        }
    }

    @Test
    void resolveFlagsOnACrossOriginPageAndPollChanges() {
        JsonObject polling = new JsonObject().put("changeDetection", "polling").put("pollInterval", 200);
        try (SdkScript script = page(polling)) {
            JsonObject first = script.next();
            assertThat(first.getString("error")).isNull();
            assertThat(first.getString("origin")).isNotEqualTo(proxy.url());
            assertThat(values(first)).containsExactly(true, "welcome", new JsonObject().put("columns", 3));
            Await.until(
                    "nothing changes",
                    Duration.ofSeconds(30),
                    () -> proxy.exchanges("/ofrep/v1/evaluate/flags").stream()
                            .anyMatch(exchange -> exchange.status() == 304));

            node.putRuleset(ruleset("somebody else"));

            JsonObject changed = script.next("flagsChanged");
            assertThat(changed.getJsonArray("flagsChanged")).containsExactly("switch");
            assertThat(values(changed)).containsExactly(false, "welcome", new JsonObject().put("columns", 3));
        }
    }

    private SdkScript page(JsonObject options) {
        return SdkScript.start(
                "browser.mjs",
                new JsonObject()
                        .put("chromium", SdkScript.chromium())
                        .put("page", "page-openfeature.html")
                        .put("url", proxy.url())
                        .put("headers", authorization(SdkRuleset.CLIENT_KEY))
                        .put("context", ANN)
                        .put("options", options)
                        .put(
                                "resolve",
                                JsonArray.of(
                                        flag("Boolean", "switch", false, ANN),
                                        flag("String", "words", "hello", ANN),
                                        flag("Object", "layout", new JsonObject(), ANN))));
    }

    private static List<Object> values(JsonObject line) {
        return line.getJsonArray("details").stream()
                .map(each -> ((JsonObject) each).getValue("value"))
                .toList();
    }

    private List<JsonObject> resolve(String key, JsonObject... flags) {
        return SdkScript.run(
                "openfeature-server.mjs",
                new JsonObject()
                        .put("url", proxy.url())
                        .put("headers", authorization(key))
                        .put("resolve", new JsonArray(List.of(flags))));
    }

    private static JsonArray authorization(String key) {
        return JsonArray.of(JsonArray.of("Authorization", "Bearer " + key));
    }

    private static JsonObject flag(String type, String key, Object fallback, JsonObject context) {
        return new JsonObject()
                .put("type", type)
                .put("flag", key)
                .put("fallback", fallback)
                .put("context", context);
    }
}
