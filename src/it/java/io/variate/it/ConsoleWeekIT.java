package io.variate.it;

import static io.variate.it.harness.Console.lines;
import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.harness.Console;
import io.variate.testing.Await;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The week of a product engineer through the console alone, in Chromium; applications get their variants from the public
 * port. Screenshots of all steps are in {@code target/screenshots/week-*.png}.
 */
class ConsoleWeekIT {
    private static final int USERS = 1_000;
    private static final String OFF = "off";
    private static final Duration SERVED = Duration.ofMinutes(2);

    @TempDir
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static Console console;

    @BeforeAll
    static void start() {
        console = Console.start(directory, "console-week.mjs");
    }

    @AfterAll
    @SuppressWarnings("ConstantValue")
    static void stop() {
        if (console != null) {
            console.close();
        }
    }

    @Test
    void theWeekOfAProductEngineer() {
        // Monday: an A/B test of a new checkout for 20 % of the premium users in two countries, with a tester.
        JsonObject monday =
                console.act("monday", Map.of("project", "staging", "name", "Shop (staging)", "key", "checkout"));
        assertThat(monday.getInteger("clicks")).isLessThanOrEqualTo(3);
        assertThat(monday.getString("sentence")).isEqualTo("If country is any of DE, AT and plan is premium");
        assertThat(monday.getString("said")).contains("Always treatment for the user tester-1", "get another variant");
        String staging = deploymentKey("staging");
        Await.until("the tester gets the treatment", SERVED, () -> variant(staging, "tester-1", "{}")
                .equals("treatment"));
        Map<String, String> onMonday = audience(staging);
        assertThat(onMonday).containsValues("control", "treatment");
        assertThat(assigned(onMonday)).as("20 % of the audience").isBetween(USERS * 15L / 100, USERS * 25L / 100);
        assertThat(variant(staging, "user-1", premium("FR"))).isEqualTo(OFF);

        // Tuesday: 50 %. Nobody who has a variant changes it.
        JsonObject tuesday = console.act("tuesday", Map.of());
        assertThat(tuesday.getString("said")).contains("20 % → 50 %");
        Await.until("the ramp is served", SERVED, () -> assigned(audience(staging)) > assigned(onMonday));
        Map<String, String> onTuesday = audience(staging);
        assertThat(assigned(onTuesday)).as("50 % of the audience").isBetween(USERS * 45L / 100, USERS * 55L / 100);
        assertThat(onTuesday).containsAllEntriesOf(withVariant(onMonday));

        // Wednesday: it must not overlap with the search team's experiment, and 5 % of all users see no experiment.
        JsonObject exclusion = console.act("exclusion", Map.of("key", "checkout", "other", "search"));
        assertThat(exclusion.getString("said")).contains("Conversion", "checkout");
        Await.until("the group is served", SERVED, () -> assigned(audience(staging)) < assigned(onTuesday));
        Map<String, String> exclusive = audience(staging);
        assertThat(onTuesday).containsAllEntriesOf(withVariant(exclusive));
        JsonObject holdout = console.act("holdout", Map.of("key", "checkout", "other", "search"));
        assertThat(holdout.getString("groups")).contains("Conversion", "80 %", "Fourth quarter", "5 %");
        Await.until("the holdout is served", SERVED, () -> assigned(audience(staging)) < assigned(exclusive));
        assertThat(exclusive).containsAllEntriesOf(withVariant(audience(staging)));

        // Thursday: the treatment wins and goes to everybody. That was too early: undo.
        JsonObject winner = console.act("winner", Map.of("key", "checkout"));
        assertThat(winner.getString("said")).contains("treatment");
        Await.until("everybody gets the treatment", SERVED, () -> audience(staging).values().stream()
                .allMatch("treatment"::equals));
        JsonObject undone = console.act("undo", Map.of());
        Await.until("the experiment is back", SERVED, () -> audience(staging).equals(onTuesday));
        assertThat(lines(undone, "events").get(0)).contains("admin.token", "undo:");
        assertThat(lines(undone, "events"))
                .anyMatch(event -> event.contains("treatment converts better"))
                .anyMatch(event -> event.contains("ramp to half of the audience"));
        assertThat(lines(undone, "audit")).anyMatch(row -> row.contains("admin.token") && row.contains("checkout"));

        // A colleague may look, but not touch.
        String token = console.act("invite", Map.of("name", "colleague")).getString("token");
        JsonObject colleague =
                console.act("colleague", Map.of("project", "staging", "token", token, "key", "checkout"));
        assertThat(colleague.getString("seen")).contains("Premium in DACH", "50 %");
        assertThat(lines(colleague, "buttons"))
                .noneMatch(label -> label.matches("(?s)(Edit|Save|Archive|Copy|Add|Close|On|Off|Delete).*"));
        assertThat(colleague.getInteger("dialogs")).isZero();

        // It goes from staging to production, where the key of the project confirms each change.
        JsonObject promoted = console.act(
                "promote",
                Map.of(
                        "from",
                        "staging",
                        "project",
                        "production",
                        "name",
                        "Shop",
                        "key",
                        "checkout",
                        "label",
                        "shop-server"));
        assertThat(promoted.getString("said")).contains("Type production to change production");
        assertThat(promoted.getBoolean("refused")).isTrue();
        String production = deploymentKey("production");
        Await.until("production serves it", SERVED, () -> audience(production).equals(onTuesday));

        // Friday: the code is cleaned up, and the experiment is archived.
        console.act("friday", Map.of("staging", "staging", "production", "production", "key", "checkout"));
        Await.until(
                "nobody gets a variant",
                SERVED,
                () -> assigned(audience(production)) + assigned(audience(staging)) == 0);

        // What did a user get on Tuesday?
        String user = onTuesday.entrySet().stream()
                .filter(entry -> entry.getValue().equals("treatment"))
                .filter(entry -> OFF.equals(onMonday.get(entry.getKey())))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow();
        JsonObject question = console.act("question", Map.of("user", user, "properties", premium(country(user))));
        assertThat(question.getString("answer").replaceAll("\\s+", " "))
                .contains(user + " got treatment", "Today they get")
                .doesNotContain("Today they get the same");
    }

    @Test
    void takesThePicturesOfTheDocuments() {
        console.api("POST", "/projects", JsonObject.of("id", "shop", "name", "shop"));
        String server = deployment("web-server");
        String app = deployment("mobile-app");
        flag("dark-mode", "Dark mode", 100, List.of("design"), server, app);
        flag("search-suggestions", "Search suggestions", 60, List.of("search"), server);
        flag("gift-wrapping", "Gift wrapping", 0, List.of("checkout"), server);
        flag("faster-images", "Faster images", 100, List.of("performance"), server, app);
        flag("loyalty-points", "Loyalty points", 5, List.of("growth", "checkout"), server, app);
        flag("new-invoice", "New invoice layout", 0, List.of("billing"), server);
        flag("maintenance-banner", "Maintenance banner", 0, List.of("operations"), server, app);
        experiment(
                "free-shipping",
                JsonObject.of("name", "Free shipping from 29 €", "rolloutPercentage", 50, "enabled", true)
                        .put("state", "running")
                        .put("tags", JsonArray.of("growth"))
                        .put("deployments", JsonArray.of(server)));
        experiment(
                "product-gallery",
                JsonObject.of("name", "Larger product gallery", "rolloutPercentage", 100, "enabled", true)
                        .put("state", "decision-made")
                        .put("decision", "rollout")
                        .put("rolledOutVariant", "treatment")
                        .put("tags", JsonArray.of("design"))
                        .put("deployments", JsonArray.of(server)));
        experiment(
                "one-click-return",
                JsonObject.of("name", "One-click return", "rolloutPercentage", 0, "enabled", false)
                        .put("tags", JsonArray.of("service"))
                        .put("deployments", JsonArray.of(server)));
        experiment(
                "push-reminder",
                JsonObject.of("name", "Reminder of a full cart", "rolloutPercentage", 30, "enabled", true)
                        .put("state", "running")
                        .put("tags", JsonArray.of("growth"))
                        .put("deployments", JsonArray.of(app)));
        String checkout = experiment("checkout", new JsonObject("""
                {"name": "Checkout in one step", "enabled": true, "state": "running", "tags": ["checkout"],
                 "variants": [{"key": "control"}, {"key": "treatment", "payload": {"steps": 1}}],
                 "inclusions": {"treatment": {"users": ["anna", "paul"], "cohorts": []}},
                 "targetSegments": [{"name": "Premium in DACH", "percentage": 50,
                   "rolloutWeights": {"control": 1, "treatment": 1},
                   "conditions": [
                     {"type": "property", "prop": "country", "op": "is", "values": ["DE", "AT"]},
                     {"type": "property", "prop": "gp:plan", "op": "is", "values": ["premium"]}]}]}
                """).put("deployments", JsonArray.of(server)));

        console.act(
                "pictures", Map.of("project", "shop", "id", checkout, "count", 12, "selected", "search-suggestions"));

        Path pictures = Path.of(System.getProperty("variate.jar", "")).resolveSibling("screenshots");
        assertThat(pictures.resolve("console.png")).isNotEmptyFile();
        assertThat(pictures.resolve("console-list.png")).isNotEmptyFile();
    }

    private static String deployment(String label) {
        return console.api("POST", "/deployments", JsonObject.of("projectId", "shop", "label", label, "type", "server"))
                .getString("id");
    }

    private static void flag(String key, String name, int share, List<String> tags, String... deployments) {
        console.api(
                "POST",
                "/flags",
                JsonObject.of("projectId", "shop", "key", key, "name", name, "rolloutPercentage", share)
                        .put("enabled", share > 0)
                        .put("tags", new JsonArray(tags))
                        .put("deployments", new JsonArray(List.of(deployments))));
    }

    private static String experiment(String key, JsonObject more) {
        return console.api(
                        "POST",
                        "/experiments",
                        JsonObject.of("projectId", "shop", "key", key).mergeIn(more))
                .getString("id");
    }

    private static String deploymentKey(String project) {
        return console.get("/deployments?projectId=" + project)
                .getJsonArray("deployments")
                .getJsonObject(0)
                .getString("key");
    }

    /** The variant of each premium user in the two countries, from the public port. */
    private static Map<String, String> audience(String deploymentKey) {
        Map<String, String> variants = new TreeMap<>();
        IntStream.range(0, USERS).forEach(number -> {
            String user = "user-" + number;
            variants.put(user, variant(deploymentKey, user, premium(country(user))));
        });
        return variants;
    }

    private static String variant(String deploymentKey, String user, String context) {
        String answer = console.node()
                .vardata(deploymentKey, Map.of("user_id", user, "context", context, "flag_keys", "checkout"))
                .body();
        JsonObject variant = new JsonObject(answer).getJsonObject("checkout");
        return variant == null ? OFF : variant.getString("key");
    }

    private static String country(String user) {
        return user.hashCode() % 2 == 0 ? "DE" : "AT";
    }

    private static String premium(String country) {
        return JsonObject.of("country", country, "user_properties", JsonObject.of("plan", "premium"))
                .encode();
    }

    private static Map<String, String> withVariant(Map<String, String> variants) {
        Map<String, String> found = new TreeMap<>(variants);
        found.values().removeIf(OFF::equals);
        return found;
    }

    private static long assigned(Map<String, String> variants) {
        return withVariant(variants).size();
    }
}
