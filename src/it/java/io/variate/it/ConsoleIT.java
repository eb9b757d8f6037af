package io.variate.it;

import static io.variate.it.harness.Console.lines;
import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.harness.Console;
import io.variate.it.harness.JarNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The console in Chromium: signing in, the list of flags, changes of several flags, creation, the palette. */
class ConsoleIT {
    private static final String HOSTILE = "<img src=x onerror=alert(1)>";

    @TempDir
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static Console console;

    @BeforeAll
    static void start() {
        console = Console.start(directory, "console-list.mjs");
    }

    @AfterAll
    @SuppressWarnings("ConstantValue")
    static void stop() {
        if (console != null) {
            console.close();
        }
    }

    @Test
    void keepsTheTokenInACookieThatNoScriptReads() {
        JsonObject seen = console.act("signIn", Map.of());

        assertThat(seen.getString("problem")).contains("does not know this token");
        assertThat(seen.getString("known")).contains("admin", "Sign out");
        assertThat(seen.getBoolean("leaks")).isFalse();
        JsonObject cookie = seen.getJsonObject("cookie");
        assertThat(cookie.getBoolean("httpOnly")).isTrue();
        assertThat(cookie.getString("sameSite")).isEqualTo("Strict");
        assertThat(cookie.getString("value")).doesNotContain(JarNode.TOKEN);
    }

    @Test
    void createsAnExperimentWithADeploymentByANameAndTwoClicks() {
        String project = console.project("first");

        JsonObject seen =
                console.act("create", Map.of("project", project, "type", "experiment", "name", "Neue Kasse!"));

        assertThat(seen.getString("key")).isEqualTo("neue-kasse");
        JsonObject experiment = only(console.get("/experiments?projectId=" + project), "experiments");
        assertThat(seen.getString("address")).endsWith("/projects/first/experiment/" + experiment.getString("id"));
        assertThat(experiment.getString("name")).isEqualTo("Neue Kasse!");
        assertThat(experiment.getBoolean("enabled")).isFalse();
        assertThat(experiment.getJsonArray("variants").stream().map(variant -> ((JsonObject) variant).getString("key")))
                .containsExactly("control", "treatment");
        JsonObject deployment = only(console.get("/deployments?projectId=" + project), "deployments");
        assertThat(experiment.getJsonArray("deployments")).containsExactly(deployment.getString("id"));
    }

    @Test
    void preselectsTheOnlyDeploymentOfANewFlag() {
        String project = console.project("second");
        String deployment = deployment(project, "shop");

        JsonObject seen = console.act("create", Map.of("project", project, "type", "flag", "name", "Dark mode"));

        assertThat(lines(seen, "deployment")).containsExactly("shop");
        JsonObject flag = only(console.get("/flags?projectId=" + project), "flags");
        assertThat(flag.getString("key")).isEqualTo("dark-mode");
        assertThat(flag.getJsonArray("deployments")).containsExactly(deployment);
        assertThat(flag.getJsonArray("variants").getJsonObject(0).getString("key"))
                .isEqualTo("on");
    }

    @Test
    void reportsThatAKeyIsTakenWhileItIsTyped() {
        String project = console.project("taken");
        flag(project, "dark-mode", new JsonObject());

        JsonObject seen = console.act("takenKey", Map.of("project", project, "name", "Dark mode"));

        assertThat(seen.getString("problem")).isEqualTo("This key is taken by another flag.");
        assertThat(seen.getBoolean("disabled")).isTrue();
    }

    @Test
    void keepsFiltersInTheAddress() {
        String project = console.project("filters");
        flags(project, 5);
        experiment(project, "exp-1", new JsonObject());
        experiment(project, "exp-2", new JsonObject());
        experiment(project, "other", new JsonObject());

        JsonObject seen = console.act("filter", Map.of("project", project, "count", 8, "query", "exp", "matching", 2));

        assertThat(seen.getString("address")).endsWith("?q=exp&type=experiment&sort=state");
        assertThat(lines(seen, "before")).containsExactlyInAnyOrder("exp-1", "exp-2");
        assertThat(lines(seen, "after")).containsExactlyElementsOf(lines(seen, "before"));
        assertThat(seen.getString("sort")).isEqualTo("state");
    }

    @Test
    void keepsThePlaceInALongListWhileOthersChangeIt() {
        String project = console.project("long");
        int count = 600;
        String changed = flags(project, count).get(0);

        JsonObject seen = console.act("long", Map.of("project", project, "count", count, "changed", changed));

        assertThat(seen.getInteger("drawn")).isBetween(10, 60);
        assertThat(seen.getJsonObject("after")).isEqualTo(seen.getJsonObject("before"));
        assertThat(seen.getJsonObject("back")).isEqualTo(seen.getJsonObject("before"));
    }

    static List<Map<String, String>> bulkActions() {
        return List.of(
                Map.of("action", "Turn on"),
                Map.of("action", "Tags…", "tag", "growth"),
                Map.of("action", "Archive"),
                Map.of("action", "Copy…", "target", "copies"));
    }

    @ParameterizedTest
    @MethodSource("bulkActions")
    void changesSeveralFlagsAtOnce(Map<String, String> action) {
        String name = Objects.requireNonNull(action.get("action"));
        String project = console.project("bulk-" + name.replaceAll("[^A-Za-z]", ""));
        String target = action.containsKey("target") ? console.project("copies") : project;
        deployment(project, "shop");
        flags(project, 4);
        Map<String, Object> parameters = new HashMap<>(action);
        parameters.putAll(Map.of("project", project, "count", 4));

        JsonObject seen = console.act("bulk", parameters);

        assertThat(seen.getString("selected")).isEqualTo("3 flags selected");
        List<JsonObject> entries = items(console.get("/audit?limit=3&projectId=" + target), "entries");
        assertThat(entries)
                .extracting(entry -> entry.getString("requestId"))
                .hasSize(3)
                .containsOnly(entries.get(0).getString("requestId"));
        List<JsonObject> after = items(console.get("/flags?includeArchived=true&projectId=" + target), "flags");
        assertThat(after)
                .filteredOn(flag -> flag.getBoolean("enabled")
                        || flag.getBoolean("deleted")
                        || flag.getJsonArray("tags").contains("growth")
                        || !target.equals(project))
                .hasSize(3);
    }

    @Test
    void isUsableWithTheKeyboardAlone() {
        String project = console.project("keys");
        List<String> ids = flags(project, 6);

        JsonObject seen = console.act("keyboard", Map.of("project", project, "count", 6, "wanted", "flag-3"));

        assertThat(seen.getString("selected")).isEqualTo("3 flags selected");
        assertThat(seen.getJsonObject("inList").getString("what")).isEqualTo("grid");
        assertThat(seen.getJsonObject("inList").getBoolean("visible")).isTrue();
        assertThat(seen.getInteger("cleared")).isZero();
        assertThat(lines(seen, "options").get(0)).isEqualTo("flag-3");
        assertThat(seen.getString("byPalette")).endsWith("/flag/" + ids.get(3));
        assertThat(seen.getString("byList")).contains("/projects/keys/flag/");
    }

    @Test
    void showsAViewerNothingToChange() {
        String project = console.project("viewer");
        flags(project, 2);
        String token = console.api(
                        "POST",
                        "/tokens",
                        JsonObject.of("name", "looks", "role", "viewer", "projects", JsonArray.of(project)))
                .getString("token");

        JsonObject seen = console.act("viewer", Map.of("project", project, "count", 2, "token", token));

        assertThat(lines(seen, "buttons")).noneMatch(button -> button.startsWith("New"));
        assertThat(seen.getInteger("checkboxes")).isZero();
        assertThat(lines(seen, "options")).contains("Stale flags").noneMatch(option -> option.startsWith("New"));
        assertThat(lines(seen, "shortcuts")).contains("Next flag").noneMatch(words -> words.contains("Create"));
    }

    @Test
    void offersAnEditorOnlyFlagsInItsScope() {
        String project = console.project("limited");
        flag(project, "pay-now", new JsonObject());
        flag(project, "other-flag", new JsonObject());
        JsonObject rights = JsonObject.of("name", "pays", "role", "editor", "keyPrefixes", JsonArray.of("pay-"));
        String token = console.api("POST", "/tokens", rights).getString("token");

        JsonObject seen = console.act("limited", Map.of("project", project, "count", 2, "token", token));

        assertThat(lines(seen, "selected")).containsExactly("pay-now");
        assertThat(seen.getString("problem")).isEqualTo("Your token can create keys that start with pay-.");
    }

    @Test
    void showsChangesByOthersAsTheyHappen() {
        String project = console.project("live");
        List<String> ids = flags(project, 3);

        JsonObject seen = console.act("live", Map.of("project", project, "count", 3, "id", ids.get(0)));

        assertThat(lines(seen, "keys")).containsExactly("Renamed by a script", "from-a-script", "flag-2", "flag-1");
        assertThat(seen.getString("stillAt")).isEqualTo(seen.getString("at"));
    }

    @Test
    void showsWhatChangedWhileAnotherProjectWasShown() {
        String project = console.project("visited");
        String id = flag(project, "checkout", new JsonObject());
        String other = console.project("visited-between");

        JsonObject seen = console.act("revisit", Map.of("project", project, "other", other, "id", id));

        assertThat(lines(seen, "keys")).containsExactly("Renamed meanwhile");
    }

    @Test
    void archivesStaleFlagsWithTheirReasons() {
        String project = console.project("stale");
        console.api(
                "POST",
                "/deployments",
                JsonObject.of("projectId", project, "label", "shop", "type", "server", "allFlags", true));
        JsonObject decided = JsonObject.of(
                "enabled", true, "rolloutPercentage", 100, "decision", "rollout", "rolledOutVariant", "treatment");
        experiment(project, "decided", decided);
        flag(project, "fresh", JsonObject.of("enabled", true, "rolloutPercentage", 50));

        JsonObject seen = console.act("stale", Map.of("project", project));

        assertThat(lines(seen, "flags")).containsExactly("decided");
        assertThat(lines(seen, "reasons")).singleElement().asString().contains("has a decision");
        assertThat(items(console.get("/experiments?includeArchived=true&projectId=" + project), "experiments"))
                .singleElement()
                .matches(experiment -> experiment.getBoolean("deleted"));
    }

    @Test
    void showsHtmlOfNamesAsText() {
        String project = console.project("hostile");
        flag(project, HOSTILE, JsonObject.of("name", HOSTILE, "tags", JsonArray.of(HOSTILE)));

        JsonObject seen = console.act("hostile", Map.of("project", project, "name", HOSTILE));

        assertThat(lines(seen, "shown")).containsExactly(HOSTILE);
        assertThat(lines(seen, "strangers")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"light,1280", "dark,1280", "light,360", "dark,360"})
    void isAccessibleAndFitsOnEachScreen(String scheme, int width) {
        String project = console.project("look-" + scheme + width);
        deployment(project, "shop");
        flags(project, 12);
        experiment(project, "checkout", new JsonObject());
        String empty = console.project("empty-" + scheme + width);

        JsonObject look = console.act(
                "look", Map.of("scheme", scheme, "width", width, "project", project, "empty", empty, "count", 13));

        Console.requireAccessible(look.getJsonObject("seen"));
    }

    private static List<JsonObject> items(JsonObject page, String name) {
        return page.getJsonArray(name).stream().map(JsonObject.class::cast).toList();
    }

    private static JsonObject only(JsonObject page, String name) {
        assertThat(items(page, name)).hasSize(1);
        return items(page, name).get(0);
    }

    private static String deployment(String project, String label) {
        return console.api(
                        "POST", "/deployments", JsonObject.of("projectId", project, "label", label, "type", "server"))
                .getString("id");
    }

    private static String flag(String project, String key, JsonObject more) {
        return console.api(
                        "POST",
                        "/flags",
                        JsonObject.of("projectId", project, "key", key).mergeIn(more))
                .getString("id");
    }

    private static void experiment(String project, String key, JsonObject more) {
        console.api(
                "POST",
                "/experiments",
                JsonObject.of("projectId", project, "key", key).mergeIn(more));
    }

    /** Creates flags with the keys {@code flag-0} and so on, and returns their ids. */
    private static List<String> flags(String project, int count) {
        JsonArray writes = new JsonArray();
        IntStream.range(0, count)
                .forEach(number -> writes.add(JsonObject.of(
                        "method",
                        "POST",
                        "path",
                        "/flags",
                        "body",
                        JsonObject.of("projectId", project, "key", "flag-" + number))));
        return console.api("POST", "/batch", JsonObject.of("writes", writes)).getJsonArray("results").stream()
                .map(result -> ((JsonObject) result).getString("id"))
                .toList();
    }
}
