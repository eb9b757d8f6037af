package io.variate.it;

import static io.variate.it.harness.Console.lines;
import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.harness.Console;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The console in Chromium: history, groups, deployments, cohorts, tokens, audit, projects and the cluster. */
class ConsoleScreensIT {
    private static final String HOSTILE = "<img src=x onerror=alert(1)>";
    private static final JsonObject NOTHING = new JsonObject();

    @TempDir
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static Console console;

    @BeforeAll
    static void start() {
        console = Console.start(directory, "console-screens.mjs");
    }

    @AfterAll
    @SuppressWarnings("ConstantValue")
    static void stop() {
        if (console != null) {
            console.close();
        }
    }

    // Deployments and tokens

    @Test
    void rotatesADeploymentKeyThatIsOnThePageOnlyOnDemand() {
        String project = console.project("keys");

        JsonObject seen = console.act("deployment", Map.of("project", project, "label", "shop"));

        JsonObject deployment = only(console.api("GET", "/deployments?projectId=" + project, NOTHING), "deployments");
        assertThat(seen.getBoolean("hides")).isTrue();
        assertThat(seen.getBoolean("leaks")).isFalse();
        assertThat(seen.getString("next"))
                .isEqualTo(deployment.getString("key"))
                .isNotEqualTo(seen.getString("key"));
        assertThat(deployment.getJsonObject("previousKey").getString("key")).isEqualTo(seen.getString("key"));
        assertThat(seen.getString("previous")).contains("valid until", "not used any more");
    }

    @Test
    void showsATokenOnceAndRevokesIt() {
        String project = console.project("tokens");

        JsonObject seen = console.act("token", Map.of("name", "payments bot", "project", project));

        JsonObject known = seen.getJsonObject("known");
        assertThat(known.getString("name")).isEqualTo("payments bot");
        assertThat(known.getString("role")).isEqualTo("editor");
        assertThat(known.getJsonArray("projects")).containsExactly(project);
        assertThat(known.getJsonArray("keyPrefixes")).containsExactly("pay-");
        assertThat(seen.getString("row")).contains("Project tokens", "pay-…", "in 3 months");
        assertThat(seen.getBoolean("leaks")).isFalse();
        assertThat(seen.getInteger("revoked")).isEqualTo(401);
    }

    // Groups

    @Test
    void keepsSharesOfSlotsWithinTheTrafficAndMovesAnExperiment() {
        String project = console.project("slots");
        String first = experiment(project, "one");
        String second = experiment(project, "two");

        JsonObject seen = console.act("groups", Map.of("project", project, "first", "one", "second", "two"));

        assertThat(seen.getString("kept")).isEqualTo("70");
        assertThat(seen.getString("bar")).isEqualTo("Traffic: SLOT 1 30 %, SLOT 2 70 %");
        assertThat(seen.getString("shown"))
                .contains("SLOT 2: 70 % → 40 % of the traffic", "SLOT 2: adds the experiment one", "Who moves");
        JsonObject group = only(console.api("GET", "/mutexes?projectId=" + project, NOTHING), "mutexes");
        JsonArray slots = group.getJsonArray("slots");
        assertThat(slots.getJsonObject(0).getInteger("percentage")).isEqualTo(30);
        assertThat(slots.getJsonObject(0).getJsonArray("experiments")).isEmpty();
        assertThat(slots.getJsonObject(1).getInteger("percentage")).isEqualTo(40);
        assertThat(slots.getJsonObject(1).getJsonArray("experiments"))
                .containsExactlyInAnyOrder(Integer.valueOf(first), Integer.valueOf(second));
        JsonObject entry =
                entries(project, "&resourceId=" + group.getString("id")).get(0);
        assertThat(entry.getString("reason")).isEqualTo("one at a time");
    }

    @Test
    void createsAHoldoutGroupWithAPercentage() {
        String project = console.project("holdouts");
        String experiment = experiment(project, "checkout");

        JsonObject seen = console.act("holdout", Map.of("project", project, "experiment", "checkout"));

        JsonObject group = only(console.api("GET", "/holdouts?projectId=" + project, NOTHING), "holdouts");
        assertThat(group.getString("name")).isEqualTo("Fourth quarter");
        assertThat(group.getInteger("holdoutPercentage")).isEqualTo(12);
        assertThat(group.getJsonArray("experiments")).containsExactly(Integer.valueOf(experiment));
        assertThat(seen.getString("shown")).contains("Holds out 12 %", "Adds the experiment checkout");
        assertThat(seen.getString("bar")).isEqualTo("Traffic: 12 % held out, 88 % in the experiments");
    }

    // Cohorts

    @Test
    void uploadsALargeCohortWithProgress() {
        JsonObject seen = console.act("cohort", Map.of("project", "1", "id", "big", "count", 100_000));

        assertThat(size("big")).isEqualTo(100_000);
        assertThat(seen.getString("row")).contains("100,000");
        assertThat(lines(seen, "progress"))
                .anyMatch(shown -> shown.startsWith("Reading: "))
                .anyMatch(shown -> shown.startsWith("Sending 100,000 members: "));
    }

    @Test
    void cancelsAnUploadKeepsItsTextAndDeletesACohort() {
        JsonObject seen = console.act("pasteAndCancel", Map.of("project", "1", "id", "small"));
        assertThat(seen.getString("kept")).isEqualTo("user-1\nuser-2\n");
        assertThat(size("small")).isEqualTo(2);

        console.act("deleteCohort", Map.of("project", "1", "id", "small", "used", false));

        assertThat(cohorts()).extracting(cohort -> cohort.getString("id")).doesNotContain("small");
    }

    @Test
    void changesTheNameAndTheDescriptionOfACohort() {
        console.api("PUT", "/cohorts/plain", JsonObject.of("memberIds", JsonArray.of("user-1")));

        JsonObject seen = console.act(
                "describeCohort",
                Map.of("project", "1", "id", "plain", "name", "Testers " + HOSTILE, "description", HOSTILE));

        assertThat(seen.getString("row")).contains("Testers " + HOSTILE, "plain");
        JsonObject cohort = console.get("/cohorts/plain");
        assertThat(cohort.getString("name")).isEqualTo("Testers " + HOSTILE);
        assertThat(cohort.getString("description")).isEqualTo(HOSTILE);
        assertThat(cohort.getInteger("size")).isEqualTo(1);
    }

    @Test
    void namesTheFlagThatUsesACohortInsteadOfDeletingIt() {
        console.api("PUT", "/cohorts/used", JsonObject.of("memberIds", JsonArray.of("user-1")));
        JsonObject condition = JsonObject.of(
                "type",
                "property",
                "prop",
                "userdata_cohort",
                "op",
                "set contains any",
                "values",
                JsonArray.of("used"));
        JsonObject segment = JsonObject.of(
                "name",
                "Members",
                "percentage",
                100,
                "rolloutWeights",
                JsonObject.of("control", 1),
                "conditions",
                JsonArray.of(condition));
        console.api(
                "POST",
                "/experiments",
                JsonObject.of("projectId", "1", "key", "for-members", "targetSegments", JsonArray.of(segment)));

        JsonObject seen = console.act("deleteCohort", Map.of("project", "1", "id", "used", "used", true));

        assertThat(seen.getString("problem")).contains("for-members");
        assertThat(size("used")).isEqualTo(1);
    }

    private static List<JsonObject> cohorts() {
        return objects(console.api("GET", "/cohorts", NOTHING), "cohorts");
    }

    private static int size(String id) {
        return cohorts().stream()
                .filter(cohort -> cohort.getString("id").equals(id))
                .mapToInt(cohort -> cohort.getInteger("size"))
                .sum();
    }

    // History

    @Test
    void restoresAVersionOfAnExperimentWithAReason() {
        String project = console.project("past");
        String id = experiment(project, "checkout");
        patch(id, JsonObject.of("rolloutPercentage", 10));
        patch(id, JsonObject.of("rolloutPercentage", 60));

        JsonObject seen = console.act("history", Map.of("project", project, "id", id, "back", 2));

        assertThat(lines(seen, "events"))
                .anyMatch(event -> event.contains("Everyone else: 10 % → 60 % get a variant"))
                .anyMatch(event -> event.contains("Created"));
        assertThat(seen.getString("address")).endsWith("?compare=2-3");
        assertThat(seen.getString("comparison")).contains("rolloutPercentage", "10", "60");
        assertThat(seen.getString("shown")).contains("Everyone else: 60 % → 10 % get a variant");
        JsonObject experiment = console.api("GET", "/experiments/" + id, NOTHING);
        assertThat(experiment.getInteger("rolloutPercentage")).isEqualTo(10);
        JsonObject entry = entries(project, "&resourceId=" + id).get(0);
        assertThat(entry.getString("action")).isEqualTo("revert");
        assertThat(entry.getString("reason")).isEqualTo("back to where it was");
    }

    @Test
    void tellsWhatAUserGotInThePastAndWhy() {
        String project = console.project("then");
        String id = experiment(project, "checkout");
        patch(
                id,
                JsonObject.of("rolloutPercentage", 100, "rolloutWeights", JsonObject.of("control", 0, "treatment", 1)));

        JsonObject seen = console.act("then", Map.of("project", project, "id", id, "version", 1, "user", "user-1"));

        assertThat(seen.getString("answer").replaceAll("\\s+", " "))
                .contains("user-1 got off", "Today they get treatment", "All Other Users", "matches everyone");
    }

    // Projects and the cluster

    @Test
    void createsAProjectAndMarksItAsProduction() {
        JsonObject seen = console.act("project", Map.of("id", "shop-production"));

        assertThat(seen.getString("address")).endsWith("#/projects/shop-production/flags");
        assertThat(seen.getString("selected")).isEqualTo("The shop");
        assertThat(objects(console.api("GET", "/projects?limit=1000", NOTHING), "projects"))
                .filteredOn(project -> project.getString("id").equals("shop-production"))
                .singleElement()
                .satisfies(
                        project -> assertThat(project.getBoolean("production")).isTrue());
    }

    @Test
    void describesTheNodesAndTheLedgerAndRefreshesThem() {
        JsonObject seen = console.act("cluster", Map.of());

        assertThat(seen.getString("verdict")).startsWith("The node is healthy and serves ");
        // The reason why this node has no Kafka is a row of its own.
        assertThat(lines(seen, "nodes")).hasSize(2);
        assertThat(lines(seen, "nodes").get(0)).contains("newest", "leader", " MB", "not used");
        assertThat(lines(seen, "nodes").get(1)).contains("events stay on disk");
        assertThat(seen.getString("first")).contains("Ledger of events", "It balances");
    }

    @Test
    void warnsOfDependenciesThatAreDownOnly() {
        List<String> fine = List.of("up", "unused", "unknown", "none");

        JsonObject verdicts = console.act(
                        "verdicts", Map.of("statuses", List.of("down", "up", "unused", "unknown", "none")))
                .getJsonObject("verdicts");

        assertThat(verdicts.getString("down")).contains("cannot reach Kafka");
        assertThat(fine)
                .allSatisfy(status -> assertThat(verdicts.getString(status)).startsWith("The node is healthy"));
    }

    // Audit

    @Test
    void filtersTheAuditInTheAddressAndDownloadsIt() {
        String project = console.project("audit");
        String id = experiment(project, "checkout");
        patch(id, JsonObject.of("rolloutPercentage", 10));
        patch(id, JsonObject.of("rolloutPercentage", 20));

        JsonObject seen = console.act(
                "audit", Map.of("project", project, "actor", "admin.token", "action", "edit", "matching", 2));

        assertThat(seen.getString("address")).endsWith("/audit?actor=admin.token&action=edit");
        assertThat(seen.getInteger("rows")).isEqualTo(2);
        assertThat(seen.getInteger("again")).isEqualTo(2);
        assertThat(seen.getString("name")).isEqualTo("audit-audit.ndjson");
        assertThat(lines(seen, "lines")).containsExactly("admin.token edit", "admin.token edit");
    }

    // Everywhere

    @Test
    void showsAViewerNothingThatItMayNotDo() {
        String project = console.project("viewed");
        String id = busy(project);
        String viewer = console.api("POST", "/tokens", JsonObject.of("name", "only views", "role", "viewer"))
                .getString("token");

        JsonObject seen = console.act("buttons", Map.of("project", project, "experiment", id, "token", viewer));

        assertThat(seen.getJsonObject("seen").stream()
                        .flatMap(screen -> ((JsonArray) screen.getValue()).stream())
                        .map(button -> String.valueOf(button).replaceAll("\\s+", " "))
                        .collect(Collectors.toSet()))
                .allMatch(
                        button -> button.matches(
                                "(Show the difference.*|Difference.*|Compare.*|Ask as of then|Changes|What did .*|An hour ago"
                                        + "|Yesterday|A week ago|admin\\.token|system|Download all as NDJSON|Show older changes)"));
        assertThat(lines(seen, "navigation")).contains("History", "Audit").doesNotContain("Tokens");
    }

    @Test
    void showsAnEditorHowToRestoreExperimentsButNotGroups() {
        String project = console.project("edited");
        String id = busy(project);
        String editor = console.api("POST", "/tokens", JsonObject.of("name", "edits", "role", "editor"))
                .getString("token");

        JsonObject seen = console.act("buttons", Map.of("project", project, "experiment", id, "token", editor))
                .getJsonObject("seen");

        assertThat(lines(seen, "flag-history")).contains("Restore this version");
        assertThat(lines(seen, "groups")).isEmpty();
        assertThat(lines(seen, "deployments")).isEmpty();
    }

    @Test
    void showsHtmlOfOthersAsText() {
        String project = console.project("hostile");
        String id = busy(project);
        patch(id, JsonObject.of("name", HOSTILE, "description", HOSTILE));
        console.api(
                "POST",
                "/mutexes",
                JsonObject.of(
                        "projectId",
                        project,
                        "name",
                        HOSTILE,
                        "slots",
                        JsonArray.of(JsonObject.of("name", HOSTILE, "percentage", 10))));
        console.api("POST", "/tokens", JsonObject.of("name", HOSTILE, "role", "viewer"));

        JsonObject seen = console.act("hostile", Map.of("project", project, "experiment", id));

        JsonObject screens = seen.getJsonObject("seen");
        for (String screen : List.of("history", "flag-history", "groups", "tokens")) {
            assertThat(screens.getString(screen)).as(screen).contains(HOSTILE);
        }
        assertThat(lines(seen, "strangers")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"light,1280", "dark,1280", "light,360", "dark,360"})
    void isAccessibleAndFitsInEachScreen(String scheme, int width) {
        String project = console.project("look-" + scheme + width);
        String id = busy(project);

        JsonObject seen =
                console.act("look", Map.of("project", project, "experiment", id, "scheme", scheme, "width", width));

        Console.requireAccessible(seen.getJsonObject("seen"));
    }

    /** A project with one of everything; returns the id of an experiment with three versions. */
    private static String busy(String project) {
        String id = experiment(project, "checkout");
        patch(id, JsonObject.of("rolloutPercentage", 10));
        patch(id, JsonObject.of("rolloutPercentage", 20));
        console.api("POST", "/deployments", JsonObject.of("projectId", project, "label", "shop", "type", "server"));
        console.api(
                "POST",
                "/holdouts",
                JsonObject.of(
                        "projectId", project, "name", "Q4", "holdoutPercentage", 5, "experiments", JsonArray.of(id)));
        console.api(
                "POST",
                "/mutexes",
                JsonObject.of(
                        "projectId",
                        project,
                        "name",
                        "Checkout area",
                        "slots",
                        JsonArray.of(JsonObject.of("percentage", 40), JsonObject.of("percentage", 30))));
        return id;
    }

    private static String experiment(String project, String key) {
        return console.api(
                        "POST",
                        "/experiments",
                        JsonObject.of("projectId", project, "key", key, "bucketingKey", "user_id", "enabled", true))
                .getString("id");
    }

    private static void patch(String id, JsonObject body) {
        console.api("PATCH", "/experiments/" + id, body);
    }

    private static List<JsonObject> entries(String project, String filter) {
        return objects(console.api("GET", "/audit?projectId=" + project + filter, NOTHING), "entries");
    }

    private static JsonObject only(JsonObject answer, String name) {
        List<JsonObject> found = objects(answer, name);
        assertThat(found).hasSize(1);
        return found.get(0);
    }

    private static List<JsonObject> objects(JsonObject answer, String name) {
        return answer.getJsonArray(name).stream().map(JsonObject.class::cast).toList();
    }
}
