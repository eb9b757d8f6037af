package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.harness.JarNode;
import io.variate.it.harness.NodeSettings;
import io.variate.it.harness.SdkScript;
import io.variate.testing.FreePorts;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The evaluation page of the production jar, used in Chromium; how it looks is in {@code target/screenshots} then. */
class PageIT {
    private static final String KEY = "server-demo-key";
    private static final String CLIENT_KEY = "client-demo-key";
    private static final String HOSTILE = "<img src=x onerror=alert(1)>";
    private static final String NASTY =
            "it's \"quoted\" $(touch hurt) `touch hurt` \\ \\' !! %41 {a,b} [1-3] & ; | * ~ # é 😀 \t";

    @TempDir
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static JarNode node;

    @SuppressWarnings("NullAway.Init")
    private static SdkScript page;

    @BeforeAll
    static void start() throws IOException {
        String chromium = SdkScript.chromium();
        Path screenshots = Path.of(Objects.requireNonNull(System.getProperty("variate.jar")))
                .toAbsolutePath()
                .resolveSibling("screenshots");
        Files.createDirectories(screenshots);
        List<Integer> ports = FreePorts.some(2);
        String sameUnderAnotherName = "http://localhost:" + ports.get(0);
        String nobody = "http://127.0.0.1:" + ports.get(1);
        node = JarNode.start(NodeSettings.of(directory, "node")
                .set("http.port", ports.get(0))
                .set("http.page", true)
                .set("http.page-zones", "other=" + sameUnderAnotherName + ",gone=" + nobody)
                .set("evaluation.timeout", "10s")
                .set("rulesets.file", Files.writeString(directory.resolve("ruleset.json"), ruleset())));
        node.awaitReady();
        page = SdkScript.start(
                "evaluation-page.mjs",
                new JsonObject()
                        .put("chromium", chromium)
                        .put("url", node.url())
                        .put("servers", JsonArray.of(node.url(), sameUnderAnotherName, nobody))
                        .put("key", KEY)
                        .put("screenshots", screenshots.toString()));
    }

    @AfterAll
    @SuppressWarnings("ConstantValue")
    static void stop() {
        if (page != null) {
            page.close();
        }
        if (node != null) {
            node.close();
        }
    }

    /** The demo flags, and one that means ill. */
    private static String ruleset() throws IOException {
        JsonObject document = new JsonObject(Files.readString(Path.of("conf", "demo-ruleset.json")));
        JsonArray flags = document.getJsonArray("flags");
        JsonObject hostile = flags.getJsonObject(1).copy().put("key", HOSTILE);
        hostile.getJsonArray("segments")
                .getJsonObject(0)
                .getJsonObject("metadata")
                .put("segmentName", "<script>alert(2)</script>");
        for (String variant : List.of("control", "treatment")) {
            hostile.getJsonObject("variants")
                    .getJsonObject(variant)
                    .put("payload", new JsonObject().put("html", "</pre><script>alert(3)</script>"));
        }
        flags.add(hostile);
        return document.encode();
    }

    @Test
    void showsTheAnswerWithItsHeadersInColours() {
        JsonObject seen = act("send", form("userId", "user-1", "flagKeys", "checkout-redesign"));

        assertThat(seen.getString("badge")).isEqualTo("200 OK");
        assertThat(seen.getString("status")).containsPattern("[0-9.]+ ms");
        assertThat(seen.getString("said")).startsWith("200 OK, ");
        assertThat(lines(seen, "headers"))
                .contains("X-Variate-Revision\n1", "Cache-Control\nno-store")
                .anyMatch(line -> line.startsWith("ETag\n\"1-"));
        assertThat(new JsonObject(lines(seen, "json").get(0))
                        .getJsonObject("checkout-redesign")
                        .getString("key"))
                .isEqualTo("treatment");
        assertThat(seen.getInteger("colours")).isGreaterThanOrEqualTo(3);
    }

    @Test
    void asksAnotherZone() {
        JsonObject seen = act("send", form("userId", "user-1", "zone", "other"));

        assertThat(seen.getString("badge")).isEqualTo("200 OK");
        assertThat(lines(seen, "headers")).contains("X-Variate-Revision\n1");
    }

    @Test
    void showsThatAKeyIsUnknown() {
        JsonObject seen = act("send", form("key", "nobody"));

        assertThat(seen.getString("badge")).isEqualTo("401 Unauthorized");
        assertThat(lines(seen, "problem"))
                .singleElement()
                .asString()
                .contains("no deployment in this zone has this key");
        assertThat(lines(seen, "wrong")).containsExactly("key");
        assertThat(seen.getString("said")).contains("no deployment in this zone has this key");
    }

    @Test
    void showsWhereJsonIsInvalidAndTheErrorOfTheServer() {
        JsonObject seen = act("send", form("userId", "user-1", "context", """
                        {
                          "country": DE
                        }"""));

        assertThat(seen.getString("hint")).isEqualTo("Line 2, column 14: expected a value, not D.");
        assertThat(lines(seen, "wrong")).containsExactly("context");
        assertThat(seen.getString("badge")).isEqualTo("400 Bad Request");
        assertThat(lines(seen, "problem")).singleElement().asString().isNotBlank();
    }

    @Test
    void reportsThatNoServerAnswers() {
        JsonObject seen = act("send", form("zone", "gone"));

        assertThat(seen.getString("badge")).isEqualTo("No answer");
        assertThat(lines(seen, "problem")).singleElement().asString().startsWith("No answer from http://127.0.0.1:");
    }

    static List<Map<String, String>> formsForCurl() {
        return List.of(
                Map.of("userId", "user-1"),
                Map.of("userId", NASTY, "deviceId", "@file", "flagKeys", "checkout-redesign, no'such"),
                Map.of("userId", NASTY, "context", context("\\n", 1)),
                Map.of("userId", "user-1", "context", context("\\n", 60)),
                Map.of("userId", NASTY, "context", context("\\u0027", 1_500)),
                Map.of("userId", "user-1", "context", "{\"country\":\n\n 'US' $(touch hurt) "));
    }

    /** With white space that does not count, and much that shells and curl could take for something else. */
    private static String context(String escape, int times) {
        String text = NASTY.replace("\\", "\\\\").replace("\"", "\\\"").replace("\t", "\\t") + escape;
        return """
                {
                  "country": "US",\r
                  "user_properties": {"premium": true, "number": 1.0, "nasty": "%s"}
                }""".formatted(text.repeat(times));
    }

    @ParameterizedTest
    @MethodSource("formsForCurl")
    void copiesACurlThatGetsTheSameAnswerInAShell(Map<String, String> fields) throws Exception {
        JsonObject seen = act("curl", form(fields));

        assertThat(run(seen.getString("command"))).isEqualTo(seen.getString("body"));
        assertThat(seen.getInteger("status")).isIn(200, 400);
        assertThat(directory.resolve("hurt")).doesNotExist();
    }

    private static String run(String command) throws Exception {
        Path output = directory.resolve("curl.out");
        // From a file, as a terminal reads it: as one argument it would have to be shorter.
        Path script = Files.writeString(directory.resolve("curl.sh"), command + "\n");
        Process shell = new ProcessBuilder("sh", script.toString())
                .directory(directory.toFile())
                .redirectOutput(output.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(shell.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return Files.readString(output, StandardCharsets.UTF_8);
    }

    @Test
    void putsTheFormButNotTheKeyIntoTheLink() {
        Map<String, String> fields =
                Map.of("userId", NASTY.replace("\t", ""), "deviceId", "d", "flagKeys", "a,b", "context", """
                {
                 "a+b": "%25 & é"
                }""");

        JsonObject seen = act("link", form(fields));

        assertThat(seen.getString("link")).doesNotContain(KEY).isEqualTo(seen.getString("address"));
        JsonObject restored = seen.getJsonObject("restored");
        fields.forEach((name, value) -> assertThat(restored.getString(name)).isEqualTo(value));
        assertThat(restored.getString("key")).isEmpty();
    }

    @Test
    void explainsTheBucketOfAFlagAndLinksItsDependencies() {
        JsonObject drawn = act("why", form("userId", "user-1").put("flag", "checkout-redesign"));
        JsonObject dependent = act("why", form("userId", "user-1").put("flag", "search-ranking"));

        assertThat(lines(drawn, "summaries"))
                .anyMatch(line -> line.startsWith("checkout-redesign") && line.contains("treatment"));
        assertThat(lines(drawn, "bars"))
                .singleElement()
                .asString()
                .matches(Pattern.quote("Variants: control 50 %, treatment 50 %; user-1 is at ")
                        + "[0-9.]+ %, which is treatment");
        assertThat(lines(drawn, "segments").get(0)).contains("All Other Users", "everyone", "q7RmZ2Ku/user-1");
        assertThat(lines(dependent, "dependencies")).containsExactly("mutex-search");
        assertThat(dependent.getString("led")).startsWith("mutex-search");
        assertThat(dependent.getBoolean("opened")).isTrue();
    }

    @Test
    void explainsTheValuesThatConditionsCompared() {
        JsonObject seen = act("why", form("userId", "user-1", "context", """
                        {"country": "CA"}""").put("flag", "delivery-offer"));

        List<String> segments = lines(seen, "segments");
        assertThat(segments.get(0))
                .contains("Premium customers", "does not match", "user_properties.premium", "there is none");
        assertThat(segments.get(1)).contains("North America", "decided", "country", "US", "it is CA");
        assertThat(segments.get(2)).contains("All Other Users", "not reached");
    }

    @Test
    void reportsThatExplanationsNeedAServerKey() {
        JsonObject seen = act("refusedWhy", form("key", CLIENT_KEY, "userId", "user-1"));

        assertThat(seen.getString("problem")).startsWith("403: ");
    }

    @Test
    void showsTheSplitAndThatItMatchesTheConfiguredShares() {
        JsonObject seen = act("split", form("flagKeys", "checkout-redesign"));

        assertThat(lines(seen, "flags")).containsExactly("checkout-redesign");
        assertThat(lines(seen, "rows")).hasSize(2).allMatch(row -> row.contains("5,000"));
        assertThat(seen.getInteger("bars")).isEqualTo(2);
        assertThat(lines(seen, "verdicts"))
                .singleElement()
                .asString()
                .startsWith("The split fits the shares.")
                .contains("p = ");
    }

    @Test
    void warnsWhenTheUsersAreNoRandomSample() {
        String drawnForTreatment = IntStream.range(0, 400)
                .mapToObj(i -> "user-" + i)
                .filter(id -> node.vardata(KEY, Map.of("user_id", id, "flag_keys", "checkout-redesign"))
                        .body()
                        .contains("\"treatment\""))
                .limit(120)
                .collect(Collectors.joining("\n"));

        JsonObject seen = act("split", form("flagKeys", "checkout-redesign").put("ids", drawnForTreatment));

        assertThat(lines(seen, "verdicts"))
                .singleElement()
                .asString()
                .startsWith("Sample ratio mismatch suspected.")
                .contains("p < 0.001");
    }

    @Test
    void cancelsASimulation() {
        JsonObject seen = act("stop", new JsonObject());

        assertThat(seen.getString("progress")).contains("stopped");
        assertThat(seen.getBoolean("runnable")).isTrue();
    }

    @Test
    void worksWithTheKeyboardAloneAndShowsTheFocus() {
        JsonObject seen = act("keyboard", new JsonObject());

        assertThat(seen.getString("selected")).isEqualTo("tab-why");
        assertThat(seen.getInteger("bars")).isEqualTo(1);
        assertThat(lines(seen, "unseen")).isEmpty();
    }

    @Test
    void showsHtmlOfOthersAsText() {
        JsonObject seen = act("hostile", new JsonObject().put("flag", HOSTILE));

        assertThat(seen.getString("json")).contains(HOSTILE, "</pre><script>alert(3)</script>");
        assertThat(seen.getString("summary")).contains(HOSTILE);
        assertThat(seen.getString("body")).contains("<script>alert(2)</script>", "<b id=mine>me</b>");
        assertThat(seen.getString("heading")).isEqualTo(HOSTILE);
        assertThat(lines(seen, "strangers")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"light,1280", "dark,1280", "light,360", "dark,360"})
    void isAccessibleAndFitsInEachView(String scheme, int width) {
        JsonObject look = act("look", new JsonObject().put("scheme", scheme).put("width", width));

        JsonObject views = look.getJsonObject("seen");
        assertThat(views.fieldNames()).containsExactly("empty", "answer", "why", "split", "refused");
        for (String view : views.fieldNames()) {
            JsonObject seen = views.getJsonObject(view);
            assertThat(lines(seen, "violations"))
                    .as("%s, %s, %d", view, scheme, width)
                    .isEmpty();
            assertThat(seen.getInteger("passes")).isGreaterThan(15);
            assertThat(lines(seen, "tooWide"))
                    .as("%s, %s, %d", view, scheme, width)
                    .isEmpty();
        }
        assertThat(look.getString("ground"))
                .isEqualTo(scheme.equals("dark") ? "rgb(20, 21, 23)" : "rgb(246, 245, 241)");
    }

    /** Nothing may be done without a fault of the page: no error, no breach of its policy, no request to strangers. */
    private static JsonObject act(String name, JsonObject parameters) {
        page.send(parameters.copy().put("act", name).encode());
        JsonObject seen = page.next();
        assertThat(seen.getString("failure")).isNull();
        assertThat(lines(seen, "problems")).isEmpty();
        return seen;
    }

    private static JsonObject form(String... namesAndValues) {
        JsonObject fields = new JsonObject();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            fields.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return new JsonObject().put("form", fields);
    }

    private static JsonObject form(Map<String, String> fields) {
        JsonObject form = new JsonObject();
        fields.forEach(form::put);
        return new JsonObject().put("form", form);
    }

    private static List<String> lines(JsonObject seen, String name) {
        return seen.getJsonArray(name).stream().map(String::valueOf).toList();
    }
}
