package io.variate.it;

import static io.variate.it.harness.Console.lines;
import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.harness.Console;
import io.variate.testing.Await;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The editor of flags in the console, in Chromium: drafts, saving, undo, and changes by several people. */
class ConsoleEditorIT {
    private static final String HOSTILE = "<img src=x onerror=alert(1)>";

    @TempDir
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static Console console;

    @BeforeAll
    static void start() {
        console = Console.start(directory, "console-editor.mjs");
    }

    @AfterAll
    @SuppressWarnings("ConstantValue")
    static void stop() {
        if (console != null) {
            console.close();
        }
    }

    @Test
    void servesWhatAPersonBuildsReviewsAndSaves() {
        String project = console.project("build");
        String id = experiment(
                project, JsonObject.of("enabled", false, "rolloutPercentage", 0, "targetSegments", new JsonArray()));

        JsonObject seen = console.act("build", place(project, id));

        assertThat(seen.getString("sentence")).isEqualTo("If country is any of DE, AT and plan is premium");
        assertThat(lines(seen, "ladder"))
                .anyMatch(step -> step.contains("20 % of matching users: 10 % control, 10 % treatment"));
        assertThat(seen.getString("said"))
                .contains(
                        "Turns on",
                        "Adds the segment Premium in DACH",
                        "Always treatment for the user tester-1",
                        "of 10,000 example users");
        assertThat(seen.getString("draft")).isEmpty();
        JsonObject stored = get(id);
        assertThat(stored.getBoolean("enabled")).isTrue();
        assertThat(stored.getJsonObject("inclusions").getJsonObject("treatment").getJsonArray("users"))
                .containsExactly("tester-1");
        assertThat(lastReason(id)).isEqualTo("first try");
        Await.until("the tester gets the treatment", () -> console.node()
                .vardata(deploymentKey(stored), Map.of("user_id", "tester-1", "flag_keys", "checkout"))
                .body()
                .contains("\"treatment\""));
    }

    @Test
    void rampsAndUndoesWithTheKeyboardAlone() {
        String project = console.project("keyboard");
        String id = experiment(project, new JsonObject());

        JsonObject seen = console.act("keyboard", place(project, id));

        assertThat(lines(seen, "unseen")).isEmpty();
        assertThat(seen.getInteger("ramped")).isEqualTo(50);
        assertThat(seen.getInteger("undone")).isEqualTo(10);
        assertThat(get(id).getInteger("rolloutPercentage")).isEqualTo(10);
    }

    @Test
    void mergesTheSaveOfAnotherPersonAndAsksWhereBothChangedAField() {
        String project = console.project("together");
        String id = experiment(project, new JsonObject());

        JsonObject seen = console.act("together", place(project, id));

        assertThat(seen.getString("merged")).contains("Description: nothing → “changed by the other”");
        assertThat(seen.getString("mine")).isEqualTo("30");
        assertThat(seen.getString("conflict"))
                .contains("Theirs: Everyone else: 10 % → 40 %", "Yours: Everyone else: 10 % → 30 %");
        assertThat(seen.getInteger("marked")).isEqualTo(1);
        assertThat(seen.getString("said")).contains("Everyone else: 40 % → 30 %");
        JsonObject stored = get(id);
        assertThat(stored.getInteger("rolloutPercentage")).isEqualTo(30);
        assertThat(stored.getString("description")).isEqualTo("changed by the other");
    }

    @Test
    void takesTheChangeOfAnotherPerson() {
        String project = console.project("theirs");
        String id = experiment(project, new JsonObject());

        JsonObject seen = console.act("takeTheirs", place(project, id));

        assertThat(seen.getString("value")).isEqualTo("40");
    }

    @Test
    void mergesAfterTheServerRefusedAStaleVersion() {
        String project = console.project("conflict");
        String id = experiment(project, new JsonObject());

        JsonObject seen = console.act("conflict", place(project, id));

        assertThat(seen.getString("said"))
                .contains("Nothing was saved", "Everyone else: 10 % → 40 %", "Everyone else: 10 % → 30 %");
        assertThat(get(id).getInteger("rolloutPercentage")).isEqualTo(30);
    }

    @Test
    void keepsADraftOverAReload() {
        String project = console.project("draft");
        String id = experiment(project, new JsonObject());

        JsonObject seen = console.act("draft", place(project, id));

        assertThat(seen.getString("restored")).isEqualTo("35");
        assertThat(seen.getString("stored")).contains("\"steps\":1.0").doesNotContain(deploymentKey(get(id)));
        assertThat(seen.getString("value")).isEqualTo("10");
        assertThat(seen.getString("left")).isEmpty();
    }

    @Test
    void mergesADraftFromAnEarlierVisit() {
        String project = console.project("old-draft");
        String id = experiment(project, new JsonObject());

        JsonObject seen = console.act("oldDraft", place(project, id));

        assertThat(seen.getString("value")).isEqualTo("35");
        assertThat(seen.getString("news")).contains("Description: nothing → “meanwhile”");
    }

    @ParameterizedTest
    @CsvSource({
        "0,,the server cannot be reached",
        "403,forbidden,does not permit",
        "409,in_use,another flag needs it",
        "503,database_unavailable,try again"
    })
    void keepsTheDraftWhenASaveFailsAndRetriesWithTheSameKey(int status, String code, String words) {
        String project = console.project("refused-" + status);
        String id = experiment(project, new JsonObject());

        JsonObject seen = console.act(
                "refused",
                Map.of("project", project, "id", id, "status", status, "code", String.valueOf(code), "message", words));

        assertThat(seen.getString("said")).containsIgnoringCase(words);
        assertThat(seen.getString("draft")).contains("\"rolloutPercentage\":25");
        assertThat(lines(seen, "keys")).hasSize(2).satisfies(keys -> assertThat(keys.get(0))
                .isEqualTo(keys.get(1)));
        assertThat(seen.getInteger("saved")).isEqualTo(25);
    }

    @Test
    void savesAfterTheSessionHasEnded() {
        String project = console.project("expired");
        String id = experiment(project, new JsonObject());

        JsonObject seen = console.act("expired", place(project, id));

        assertThat(seen.getString("value")).isEqualTo("25");
        assertThat(seen.getInteger("saved")).isEqualTo(25);
    }

    @Test
    void keepsTheTextOfNumbersInPayloads() {
        String project = console.project("variants");
        String id = experiment(project, new JsonObject());

        JsonObject seen = console.act("variants", Map.of("project", project, "id", id, "payload", "{\"steps\": 3.50}"));

        assertThat(seen.getString("before")).contains("\"steps\": 1.0");
        assertThat(seen.getString("problem")).startsWith("Line 1, column 13");
        String stored =
                console.node().admin("GET", "/api/1/experiments/" + id, "").body();
        assertThat(stored)
                .contains(
                        "{\"key\":\"baseline\",\"payload\":{\"steps\":3.50}}",
                        "\"payload\":{\"steps\":1.0}",
                        "{\"key\":\"express\"}")
                .doesNotContain("\"control\"");
    }

    @Test
    void checksRawFlagsWhileTheyAreTypedAndAdoptsThem() {
        String project = console.project("raw");
        String good = definition("raw", "on");
        String id = raw(project);

        JsonObject seen =
                console.act("raw", Map.of("project", project, "id", id, "bad", definition("raw", "onn"), "good", good));

        assertThat(lines(seen, "found")).singleElement().asString().contains("Line 4", "onn");
        assertThat(seen.getString("selected")).contains("\"variant\": \"onn\"");
        JsonObject stored = console.api("GET", "/flags/" + id, new JsonObject());
        assertThat(stored.getBoolean("managed")).isTrue();
    }

    @Test
    void givesTheWinnerToAllUsersAndArchives() {
        String project = console.project("decide");
        String id = experiment(project, new JsonObject());

        JsonObject seen = console.act("decide", Map.of("project", project, "id", id, "winner", "treatment"));

        assertThat(seen.getString("said")).contains("10 % → 100 %", "Removes the segment", "Winner: treatment");
        JsonObject stored = get(id);
        assertThat(stored.getString("rolledOutVariant")).isEqualTo("treatment");
        assertThat(stored.getBoolean("deleted")).isTrue();
    }

    @Test
    void showsHtmlOfNamesAndPayloadsAsText() {
        String project = console.project("hostile");
        String id = experiment(
                project,
                new JsonObject()
                        .put("key", HOSTILE)
                        .put("name", HOSTILE)
                        .put(
                                "variants",
                                JsonArray.of(
                                        JsonObject.of("key", HOSTILE, "payload", JsonObject.of("html", HOSTILE)))));

        JsonObject seen = console.act("hostile", Map.of("project", project, "id", id, "name", HOSTILE));

        seen.getJsonObject("shown")
                .forEach(tab -> assertThat(tab.getValue()).as(tab.getKey()).isEqualTo(true));
        assertThat(seen.getString("said")).contains(HOSTILE);
        assertThat(lines(seen, "strangers")).isEmpty();
    }

    @Test
    void showsAViewerEverythingAndNothingToChange() {
        String project = console.project("viewer");
        String id = experiment(project, new JsonObject());
        String token = console.api(
                        "POST",
                        "/tokens",
                        JsonObject.of("name", "reads", "role", "viewer", "projects", JsonArray.of(project)))
                .getString("token");

        JsonObject seen = console.act("viewer", Map.of("project", project, "id", id, "token", token));

        JsonObject tabs = seen.getJsonObject("seen");
        assertThat(tabs.getJsonObject("targeting").getString("text"))
                .contains("20 % of matching users", "If country is any of DE, AT");
        assertThat(tabs.getJsonObject("variants").getString("text")).contains("\"steps\": 1.0");
        for (String tab : tabs.fieldNames()) {
            assertThat(lines(tabs.getJsonObject(tab), "fields")).as(tab).allMatch(field -> field.startsWith("try-"));
            assertThat(lines(tabs.getJsonObject(tab), "buttons"))
                    .as(tab)
                    .noneMatch(button -> List.of("Save", "Edit", "Add", "Remove", "Archive", "Copy").stream()
                            .anyMatch(button::startsWith));
        }
        assertThat(seen.getInteger("dialogs")).isZero();
    }

    @ParameterizedTest
    @CsvSource({"light,1280", "dark,1280", "light,360", "dark,360"})
    void isAccessibleAndFitsOnEachTab(String scheme, int width) {
        String project = console.project("look-editor-" + scheme + width);
        String id = experiment(project, new JsonObject());

        JsonObject look = console.act(
                "look", Map.of("project", project, "id", id, "raw", raw(project), "scheme", scheme, "width", width));

        Console.requireAccessible(look.getJsonObject("seen"));
    }

    // Functions of the modules

    @Test
    void putsChangesIntoSentences() {
        assertThat(sentences("""
                [{path: 'targetSegments', before: [{name: 'A', conditions: [], percentage: 20, rolloutWeights: {on: 1}}],
                  after: [{name: 'B', conditions: [{prop: 'gp:plan', op: 'is not', values: ['free', 'basic']}], percentage: 5, rolloutWeights: {on: 1}}]},
                 {path: "parentDependencies.flags['7']", after: ['on']},
                 {path: 'deployments', before: ['1'], after: ['2']},
                 {path: 'inclusions.off.users', before: ['a'], after: ['b']},
                 {path: 'enabled', before: true, after: false}]"""))
                .containsExactly(
                        "Removes the segment “A”",
                        "Adds the segment B: plan is none of free, basic → 5 % get on",
                        "Requires search to be on",
                        "Serves it to shop",
                        "No longer serves it to 1",
                        "Always off for the user b",
                        "No longer always off for the user a",
                        "Turns off: everybody gets off");
    }

    @Test
    void sharesTheRolloutByWeights() {
        assertThat(evaluate("""
                const { rolloutInWords } = await load('words.js');
                return [rolloutInWords(20, {a: 1, b: 3}, ['a', 'b']), rolloutInWords(30, {a: 0, b: 0}, ['a', 'b']),
                  rolloutInWords(100, {a: 0, b: 1}, ['a', 'b']), rolloutInWords(0, {a: 1}, ['a'])];"""))
                .containsExactly("20 %: 5 % a, 15 % b", "30 %: 15 % a, 15 % b", "all get b", "nobody gets a variant");
    }

    @Test
    void mergesFieldsVariantsAndSegmentsByTheirNames() {
        assertThat(evaluate("""
                const { merge } = await load('merge.js');
                const segment = (name, percentage) => ({ name, percentage });
                const base = { name: 'x', tags: ['a'], targetSegments: [segment('A', 1), segment('B', 1)] };
                const theirs = { name: 'y', tags: ['a', 't'], targetSegments: [segment('A', 2), segment('B', 1), segment('C', 3)] };
                const mine = { name: 'x', tags: ['a', 'm'], targetSegments: [segment('B', 5), segment('A', 1)] };
                const { value, conflicts } = merge(base, theirs, mine);
                return [JSON.stringify(value), ...conflicts.map(({ path }) => path)];"""))
                .containsExactly(
                        "{\"name\":\"y\",\"tags\":[\"a\",\"m\"],\"targetSegments\":[{\"name\":\"B\",\"percentage\":5},"
                                + "{\"name\":\"A\",\"percentage\":2},{\"name\":\"C\",\"percentage\":3}]}",
                        "tags");
    }

    @Test
    void keepsJsonTextsWhereTheyAreValues() {
        assertThat(evaluate("""
                const { parse, stringify, same } = await load('exact.js');
                const text = '{"variants":[{"key":"a","payload":{"n":1.0,"10":1e2,"big":9007199254740993}}],"p":20,"__proto__":1}';
                return [stringify(parse(text)), String(same(parse(text), parse(text.replace('1.0', '1')))), String(same(parse(text), parse(text)))];"""))
                .containsExactly(
                        "{\"variants\":[{\"key\":\"a\",\"payload\":{\"n\":1.0,\"10\":1e2,\"big\":9007199254740993}}],\"p\":20,\"__proto__\":1}",
                        "false",
                        "true");
    }

    private static List<String> sentences(String diff) {
        return evaluate("const { changeInWords } = await load('words.js'); return changeInWords(" + diff
                + ", { flags: { 7: 'search' }, deployments: { 2: 'shop' } });");
    }

    private static List<String> evaluate(String expression) {
        return lines(console.act("evaluate", Map.of("expression", expression)), "value");
    }

    private static Map<String, Object> place(String project, String id) {
        return Map.of("project", project, "id", id);
    }

    private static JsonObject get(String id) {
        return console.api("GET", "/experiments/" + id, new JsonObject());
    }

    private static String lastReason(String id) {
        return console.api("GET", "/audit?limit=1&resourceId=" + id, new JsonObject())
                .getJsonArray("entries")
                .getJsonObject(0)
                .getString("reason");
    }

    private static String deploymentKey(JsonObject experiment) {
        return console.api(
                        "GET",
                        "/deployments/" + experiment.getJsonArray("deployments").getString(0),
                        new JsonObject())
                .getString("key");
    }

    /** An experiment with a segment, in a deployment of its own. */
    private static String experiment(String project, JsonObject more) {
        String deployment = console.api(
                        "POST", "/deployments", JsonObject.of("projectId", project, "label", project, "type", "server"))
                .getString("id");
        JsonObject payload = new JsonObject("{\"steps\": 1.0}");
        JsonObject body = new JsonObject()
                .put("projectId", project)
                .put("key", "checkout")
                .put("bucketingKey", "user_id")
                .put("enabled", true)
                .put("deployments", JsonArray.of(deployment))
                .put("rolloutPercentage", 10)
                .put(
                        "variants",
                        JsonArray.of(
                                JsonObject.of("key", "control"), JsonObject.of("key", "treatment", "payload", payload)))
                .put(
                        "targetSegments",
                        JsonArray.of(new JsonObject()
                                .put("name", "Premium in DACH")
                                .put("percentage", 20)
                                .put("rolloutWeights", JsonObject.of("control", 1, "treatment", 1))
                                .put(
                                        "conditions",
                                        JsonArray.of(JsonObject.of(
                                                "type",
                                                "property",
                                                "prop",
                                                "country",
                                                "op",
                                                "is",
                                                "values",
                                                JsonArray.of("DE", "AT"))))))
                .mergeIn(more);
        return console.api("POST", "/experiments", body).getString("id");
    }

    private static String raw(String project) {
        return console.api(
                        "POST",
                        "/flags",
                        JsonObject.of(
                                "projectId",
                                project,
                                "key",
                                "raw",
                                "definition",
                                new JsonObject(definition("raw", "on"))))
                .getString("id");
    }

    private static String definition(String key, String variant) {
        return """
                {
                  "key": "%s",
                  "metadata": {"flagType": "release", "flagVersion": 1, "evaluationMode": "remote", "deployed": true},
                  "segments": [{"metadata": {"segmentName": "All Other Users"}, "variant": "%s"}],
                  "variants": {"on": {"key": "on", "value": "on"}, "off": {"key": "off", "metadata": {"default": true}}}
                }""".formatted(key, variant);
    }
}
