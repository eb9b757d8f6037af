package io.variate.it;

import static io.variate.it.harness.Console.lines;
import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.harness.Console;
import io.variate.it.harness.JarNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
        JsonObject experiment =
                only(console.api("GET", "/experiments?projectId=" + project, new JsonObject()), "experiments");
        assertThat(seen.getString("address")).endsWith("/projects/first/experiment/" + experiment.getString("id"));
        assertThat(experiment.getString("name")).isEqualTo("Neue Kasse!");
        assertThat(experiment.getBoolean("enabled")).isFalse();
        assertThat(experiment.getJsonArray("variants").stream().map(variant -> ((JsonObject) variant).getString("key")))
                .containsExactly("control", "treatment");
        JsonObject deployment =
                only(console.api("GET", "/deployments?projectId=" + project, new JsonObject()), "deployments");
        assertThat(experiment.getJsonArray("deployments")).containsExactly(deployment.getString("id"));
    }

    @Test
    void preselectsTheOnlyDeploymentOfANewFlag() {
        String project = console.project("second");
        String deployment = deployment(project, "shop");

        JsonObject seen = console.act("create", Map.of("project", project, "type", "flag", "name", "Dark mode"));

        assertThat(lines(seen, "deployment")).containsExactly("shop");
        JsonObject flag = only(console.api("GET", "/flags?projectId=" + project, new JsonObject()), "flags");
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
        experiment(project, "exp-1");
        experiment(project, "exp-2");
        experiment(project, "other");

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

    @ParameterizedTest
    @CsvSource({"Turn on,", "Tags…,growth", "Archive,"})
    void changesSeveralFlagsInOneRevision(String action, @org.jspecify.annotations.Nullable String tag) {
        String project = console.project("bulk-" + action.replaceAll("[^A-Za-z]", ""));
        deployment(project, "shop");
        flags(project, 4);
        Map<String, Object> parameters =
                new java.util.HashMap<>(Map.of("project", project, "count", 4, "action", action));
        if (tag != null) {
            parameters.put("confirm", tag);
        }

        JsonObject seen = console.act("bulk", parameters);

        assertThat(seen.getString("selected")).isEqualTo("3 flags selected");
        JsonArray changes = console.api("GET", "/audit?limit=3&projectId=" + project, new JsonObject())
                .getJsonArray("entries");
        assertThat(changes.stream()
                        .map(each -> ((JsonObject) each).getString("requestId"))
                        .collect(Collectors.toSet()))
                .hasSize(1);
        long after = console
                .api("GET", "/flags?includeArchived=true&projectId=" + project, new JsonObject())
                .getJsonArray("flags")
                .stream()
                .map(JsonObject.class::cast)
                .filter(flag -> flag.getBoolean("enabled")
                        || flag.getBoolean("deleted")
                        || flag.getJsonArray("tags").contains("growth"))
                .count();
        assertThat(after).isEqualTo(3);
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
        experiment(project, "checkout");
        String empty = console.project("empty-" + scheme + width);

        JsonObject look = console.act(
                "look", Map.of("scheme", scheme, "width", width, "project", project, "empty", empty, "count", 13));

        Console.requireAccessible(look.getJsonObject("seen"));
    }

    private static JsonObject only(JsonObject page, String name) {
        JsonArray items = page.getJsonArray(name);
        assertThat(items).hasSize(1);
        return items.getJsonObject(0);
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

    private static void experiment(String project, String key) {
        console.api("POST", "/experiments", JsonObject.of("projectId", project, "key", key));
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
