package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.harness.Documents;
import io.variate.it.harness.Fleet;
import io.variate.it.harness.JarNode;
import io.variate.it.harness.SteadyLoad;
import io.variate.testing.Await;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * A cluster in which nodes of the previous release are replaced one by one, and back. Runs only with {@code
 * -Dvariate.previous.jar=FILE}, the jar of that release.
 */
@Tag("alone")
@EnabledIfSystemProperty(named = "variate.previous.jar", matches = ".+")
class RollingUpgradeIT {
    private static final Duration STOP = Duration.ofSeconds(30);

    private final Path previous = Path.of(Objects.requireNonNull(System.getProperty("variate.previous.jar")));

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @SuppressWarnings("NullAway.Init")
    private Fleet fleet;

    @BeforeEach
    void configureThreeNodes() {
        fleet = new Fleet(directory, List.of("first", "second", "third"), settings -> settings);
    }

    @AfterEach
    void stop() {
        fleet.close();
    }

    @Test
    void bothReleasesServeEachChangeUntilTheLastNodeIsUpgraded() {
        JarNode first = startPrevious("first");
        JarNode second = startPrevious("second");
        putThroughEach(first, second);
        first.putCohort("staff", JsonArray.of("ann"));

        try (SteadyLoad load = SteadyLoad.start(first, Duration.ofMillis(50), anyColour())) {
            JarNode third = fleet.start("third");
            servesTheSame(first, second, third);
            putThroughEach(first, second, third);
            putFlagThrough(third, first, second);
            putCohortThroughEach(first, third);

            assertThat(second.terminate(STOP)).isEqualTo(143);
            second = fleet.start("second");
            servesTheSame(first, second, third);
            putThroughEach(first, second, third);
            putFlagThrough(second, first, third);

            third.kill();
            putThroughEach(first, second);
            third = fleet.start("third");
            putThroughEach(third, first, second);

            load.stop();
            assertThat(load.failures()).isEmpty();
        }
        assertThat(first.terminate(STOP)).isEqualTo(143);
        JarNode upgraded = fleet.start("first");
        putThroughEach(upgraded, fleet.node("second"), fleet.node("third"));
        putFlagThrough(upgraded, fleet.node("second"), fleet.node("third"));
        addAProject(upgraded, fleet.node("second"), fleet.node("third"));
    }

    @Test
    void aNodeOfThePreviousReleaseStartsBesideNewNodesAndReplacesThem() {
        JarNode first = fleet.start("first");
        JarNode second = fleet.start("second");
        putThroughEach(first, second);

        JarNode third = startPrevious("third");
        servesTheSame(first, second, third);
        putThroughEach(third, first, second);
        putFlagThrough(first, second, third);

        assertThat(first.terminate(STOP)).isEqualTo(143);
        first = startPrevious("first");
        putThroughEach(first, second, third);
        assertThat(second.terminate(STOP)).isEqualTo(143);
        putThroughEach(first, third);
    }

    private JarNode startPrevious(String name) {
        JarNode node = fleet.launch(name, previous).awaitUp();
        node.awaitReady();
        return node;
    }

    private void putThroughEach(JarNode... nodes) {
        for (JarNode node : nodes) {
            String colour = nextColour();
            long revision = node.putRuleset(Documents.colour(colour));
            awaitColour(colour, revision, nodes);
        }
    }

    private void putFlagThrough(JarNode upgraded, JarNode... others) {
        String colour = nextColour();
        HttpResponse<String> changed = upgraded.admin(
                "PUT",
                "/api/1/ruleset/flags/colour",
                Documents.colourFlag(colour).encode());
        assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);
        long revision = new JsonObject(changed.body()).getLong("revision");
        awaitColour(colour, revision, upgraded);
        awaitColour(colour, revision, others);
    }

    private static void addAProject(JarNode... nodes) {
        HttpResponse<String> added = nodes[0].admin("PUT", "/api/1/ruleset/projects/shop", """
                {"deployments": [{"key": "server-shop", "label": "s", "type": "server", "flags": ["*"]}],
                 "flags": [{"key": "colour", "variants": {"v": {"key": "v"}}, "segments": [{"variant": "v"}]}]}""");
        assertThat(added.statusCode()).as(added.body()).isEqualTo(201);
        for (JarNode node : nodes) {
            Await.value(
                    "the node serves the project",
                    Fleet.SOON,
                    () -> node.vardata("server-shop", Map.of("user_id", "u")).body(),
                    "{\"colour\":{\"key\":\"v\"}}"::equals);
        }
    }

    private static void putCohortThroughEach(JarNode... nodes) {
        for (JarNode node : nodes) {
            node.putCohort("staff", JsonArray.of("ann", "bob"));
            String listed = cohorts(node);
            for (JarNode other : nodes) {
                Await.value("the node has the cohort", Fleet.SOON, () -> cohorts(other), listed::equals);
            }
        }
    }

    /** What the lists of both releases have. */
    private static String cohorts(JarNode node) {
        String body = node.admin("GET", "/api/1/cohorts", "").body();
        return new JsonObject(body)
                .getJsonArray("cohorts").stream()
                        .map(JsonObject.class::cast)
                        .map(cohort -> cohort.getString("id") + " " + cohort.getInteger("size") + " "
                                + cohort.getLong("lastModified"))
                        .toList()
                        .toString();
    }

    private static void servesTheSame(JarNode... nodes) {
        String expected = served(nodes[0]);
        for (JarNode node : nodes) {
            Await.value("the node serves the same", Fleet.SOON, () -> served(node), expected::equals);
        }
    }

    private static String served(JarNode node) {
        return node.revision(Documents.KEY) + " "
                + node.vardata(Documents.KEY, Map.of("user_id", "u")).body();
    }

    private static void awaitColour(String colour, long revision, JarNode... nodes) {
        for (JarNode node : nodes) {
            Await.value(
                    "the node serves the change",
                    Fleet.SOON,
                    () -> served(node),
                    (revision + " " + Documents.colourAnswer(colour))::equals);
        }
    }

    private String nextColour() {
        return "colour-" + fleet.nextGeneration();
    }

    /** Far more colours than a test uses. */
    private static String[] anyColour() {
        String[] answers = new String[100];
        for (int i = 0; i < answers.length; i++) {
            answers[i] = Documents.colourAnswer("colour-" + (i + 1));
        }
        return answers;
    }
}
