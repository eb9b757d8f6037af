package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.harness.Documents;
import io.variate.it.harness.Fleet;
import io.variate.it.harness.JarNode;
import io.variate.it.harness.Neighbours;
import io.variate.it.harness.Passage;
import io.variate.testing.Await;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One node leads and reads the database, as long as any node can. */
class LeadershipIT {
    private static final Duration UNTIL_TRUSTED_AGAIN = Duration.ofSeconds(25);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private final Passage passage =
            Passage.from("127.0.0.1", Neighbours.postgres().port());

    @SuppressWarnings("NullAway.Init")
    private Fleet fleet;

    @SuppressWarnings("NullAway.Init")
    private JarNode one;

    @SuppressWarnings("NullAway.Init")
    private JarNode two;

    @SuppressWarnings("NullAway.Init")
    private JarNode three;

    @BeforeEach
    void startThreeNodesTheOldestBehindAPassage() {
        fleet = new Fleet(directory, List.of("one", "two", "three"), UnaryOperator.identity());
        fleet.settings("one")
                .set(
                        "postgres.uri",
                        fleet.database().replace(":" + Neighbours.postgres().port() + "/", ":" + passage.port() + "/"));
        one = fleet.start("one");
        two = fleet.start("two");
        three = fleet.start("three");
        change("first");
        awaitServed("first", one, two, three);
    }

    @AfterEach
    void stop() {
        fleet.close();
        passage.close();
    }

    @Test
    void anotherNodeLeadsWhileTheOldestCannotReadTheDatabase() {
        assertThat(one.dependency("postgres")).isEqualTo("up");

        passage.cut();
        change("after-the-cut");
        Duration took = awaitServed("after-the-cut", one, two, three);
        System.out.printf("leadership: change served by all %d ms after the cut%n", took.toMillis());
        assertThat(one.dependency("postgres")).isEqualTo("down");
        assertThat(two.dependency("postgres")).isEqualTo("up");
        assertThat(three.dependency("postgres")).isEqualTo("unused");

        passage.restore();
        Await.value(
                "the oldest node leads again",
                UNTIL_TRUSTED_AGAIN,
                () -> two.dependency("postgres"),
                seen -> seen.equals("unused"));
        assertThat(one.dependency("postgres")).isEqualTo("up");
        change("after-the-return");
        awaitServed("after-the-return", one, two, three);
    }

    @Test
    void theLastNodeLeadsWhenBothOthersAreKilled() {
        one.process().sendSignal("KILL");
        two.process().sendSignal("KILL");
        change("after-the-kill");
        Duration took = awaitServed("after-the-kill", three);
        System.out.printf("leadership: change served %d ms after two of three nodes were killed%n", took.toMillis());

        Await.value(
                "the third node reads the database",
                Fleet.SOON,
                () -> three.dependency("postgres"),
                seen -> seen.equals("up"));
        Await.until("the others are forgotten", Fleet.SOON, () -> {
            JsonObject all = three.ledger().getJsonObject("cluster");
            return all.getJsonArray("nodes").equals(JsonArray.of("three")) && !all.getBoolean("partial");
        });
    }

    private void change(String value) {
        Neighbours.sql(
                fleet.database(),
                "delete from variate.deployment",
                "delete from variate.flag",
                "insert into variate.deployment (key, position, definition) values ('" + Documents.KEY + "', 0, '"
                        + Documents.deployment().encode() + "')",
                "insert into variate.flag (key, position, definition) values ('colour', 0, '"
                        + Documents.colourFlag(value).encode() + "')",
                "update variate.ruleset set revision = revision + 1");
    }

    private static Duration awaitServed(String value, JarNode... nodes) {
        return Await.until("all serve " + value, Fleet.SOON, () -> List.of(nodes).stream()
                .allMatch(node -> node.vardata(Documents.KEY, Map.of("user_id", "u"))
                        .body()
                        .equals(Documents.colourAnswer(value))));
    }
}
