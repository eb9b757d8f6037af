package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.harness.JarNode;
import io.variate.it.harness.NodeSettings;
import io.variate.it.harness.RecordingProxy;
import io.variate.it.harness.RecordingProxy.Exchange;
import io.variate.it.harness.SdkRuleset;
import io.variate.it.harness.SdkScript;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Amplitude's SDK for browsers, as npm serves it, in a Chromium whose page comes from another origin. */
class BrowserSdkIT {
    private static final String FLAGS = "/sdk/v2/flags";
    private static final String VARDATA = "/sdk/v2/vardata";
    private static final String SECRET_RULE = "only-the-server-knows";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static JarNode node;

    @SuppressWarnings("NullAway.Init")
    private RecordingProxy proxy;

    @BeforeAll
    static void start() throws IOException {
        Path file = Files.writeString(
                directory.resolve("ruleset.json"),
                SdkRuleset.document(
                                SdkRuleset.flag("greeting", "remote", SdkRuleset.is("city", SECRET_RULE, "Ürümqi ?>~")),
                                SdkRuleset.flag("farewell", "local", SdkRuleset.is("city", "Ürümqi ?>~")))
                        .encode());
        node = JarNode.start(
                NodeSettings.of(directory, "node").set("rulesets.file", file).set("evaluation.timeout", "10s"));
        node.awaitReady();
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @BeforeEach
    void listen() {
        proxy = RecordingProxy.before(node.httpPort());
    }

    @AfterEach
    void hangUp() {
        proxy.close();
    }

    @Test
    void startsFromAnotherOriginWithFlagsAndVariantsAskedForAtTheSameTime() {
        proxy.answerTogether("GET " + FLAGS, "GET " + VARDATA);

        JsonObject line = open(SdkRuleset.CLIENT_KEY, List.of());

        assertThat(line.getString("error")).isNull();
        assertThat(line.getString("origin")).isNotEqualTo(proxy.url());
        JsonObject variants = line.getJsonObject("variants");
        assertThat(variants.getJsonObject("greeting").getString("value")).isEqualTo("on");
        assertThat(variants.getJsonObject("greeting").getString("expKey")).isEqualTo("exp-1");
        assertThat(variants.getJsonObject("farewell").getString("value")).isEqualTo("on");
    }

    @Test
    void passesThePreflightOfBothRequestsWithoutAuthorization() {
        open(SdkRuleset.CLIENT_KEY, List.of());

        for (String path : List.of(FLAGS, VARDATA)) {
            List<Exchange> exchanges = proxy.exchanges(path);
            assertThat(exchanges).extracting(Exchange::method).containsExactlyInAnyOrder("OPTIONS", "GET");
            assertThat(exchanges)
                    .allSatisfy(exchange -> assertThat(exchange.answersWith("access-control-allow-origin: "))
                            .isTrue());
            assertThat(exchanges)
                    .filteredOn(exchange -> exchange.method().equals("OPTIONS"))
                    .allSatisfy(preflight -> {
                        assertThat(preflight.status()).isEqualTo(204);
                        assertThat(preflight.asksWith("\r\nauthorization:")).isFalse();
                    });
        }
    }

    @Test
    void requestsOnceWithAnInvalidKey() {
        JsonObject line = open("client-unknown", List.of());

        assertThat(line.getString("error")).contains("401");
        assertThat(proxy.exchanges())
                .filteredOn(exchange -> exchange.method().equals("GET"))
                .extracting(Exchange::status)
                .containsOnly(401);
        assertThat(line.getJsonArray("asked")).hasSizeLessThanOrEqualTo(2);
    }

    @Test
    void requestsSelectedFlagsAndChoosesWhatIsTracked() {
        JsonObject call = new JsonObject()
                .put("tracks", false)
                .put("options", new JsonObject().put("flagKeys", JsonArray.of("greeting")));

        JsonObject line = open(SdkRuleset.CLIENT_KEY, List.of(call));

        assertThat(line.getString("error")).isNull();
        assertThat(proxy.exchanges(VARDATA)).anySatisfy(exchange -> assertThat(
                        exchange.asksWith("x-amp-exp-track: no-track") && exchange.asksWith("x-amp-exp-flag-keys: "))
                .isTrue());
    }

    @Test
    void reportsExposuresToThePage() {
        JsonObject line = open(SdkRuleset.CLIENT_KEY, List.of());

        assertThat(line.getJsonArray("exposures").stream().map(each -> (JsonObject) each))
                .extracting(exposure -> exposure.getString("flag_key") + " " + exposure.getString("variant"))
                .containsExactlyInAnyOrder("greeting on", "farewell on");
    }

    @Test
    void neverLearnsWhomAFlagOfTheServerIsFor() {
        open(SdkRuleset.CLIENT_KEY, List.of());

        assertThat(proxy.exchanges(FLAGS)).isNotEmpty();
        assertThat(proxy.received()).contains("farewell").doesNotContain(SECRET_RULE);
    }

    private JsonObject open(String key, List<JsonObject> calls) {
        JsonObject argument = new JsonObject()
                .put("chromium", SdkScript.chromium())
                .put("page", "page-amplitude.html")
                .put("url", proxy.url())
                .put("key", key)
                .put("user", new JsonObject().put("user_id", "ann").put("city", "Ürümqi ?>~"))
                .put("calls", new JsonArray(calls))
                .put("flags", JsonArray.of("greeting", "farewell"));
        try (SdkScript script = SdkScript.start("browser.mjs", argument)) {
            return script.next();
        }
    }
}
