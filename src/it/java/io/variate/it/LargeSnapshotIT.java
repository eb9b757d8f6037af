package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.harness.Documents;
import io.variate.it.harness.JarNode;
import io.variate.it.harness.Neighbours;
import io.variate.it.harness.NodeSettings;
import io.variate.testing.Await;
import io.variate.testing.FreePorts;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A node starts from a snapshot of 10,000 flags while PostgreSQL, Kafka and its cluster are down. Prints the time from the start
 * of the JVM to the first right answer, which takes less than three seconds on a quiet machine.
 */
@Tag("alone")
class LargeSnapshotIT {
    private static final int FLAGS = 10_000;
    private static final int STARTS = 3;
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final String HEAP = "-Xmx1g";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void answersFromASnapshotOfTenThousandFlagsWhenEverythingElseIsDown() throws IOException {
        for (int flags : List.of(1, FLAGS)) {
            Path snapshot = saveSnapshot(flags);
            System.out.printf("snapshot: %d flags, %d bytes%n", flags, Files.size(snapshot));
            for (int start = 1; start <= STARTS; start++) {
                answersFrom(snapshot, flags, settings("alone-" + flags + "-" + start));
            }
        }
    }

    private Path saveSnapshot(int flags) {
        NodeSettings settings = settings("source-" + flags).set("postgres.uri", Neighbours.database());
        try (JarNode node = JarNode.start(settings, HEAP)) {
            node.awaitReady();
            node.putRuleset(document(flags));
            Await.value("the node serves the flags", PATIENCE, () -> answer(node, flags), "last"::equals);
            assertThat(node.terminate(PATIENCE)).isEqualTo(143);
        }
        return snapshot(settings);
    }

    private static void answersFrom(Path snapshot, int flags, NodeSettings common) throws IOException {
        NodeSettings settings = common.set("postgres.uri", "postgresql://nobody@127.0.0.1:1/none")
                .set("kafka.bootstrap-servers", "127.0.0.1:1")
                .joining(Neighbours.unique("alone"), FreePorts.one(), 1);
        Path copy = snapshot(settings);
        Files.createDirectories(copy.getParent());
        Files.copy(snapshot, copy);
        long launched = System.nanoTime();
        try (JarNode node = JarNode.start(settings, HEAP)) {
            Await.value("the node answers", PATIENCE, () -> answer(node, flags), "last"::equals);
            long elapsed = System.nanoTime() - launched;
            System.out.printf(
                    "snapshot: %d flags, first right answer after %d ms, %d ms of processor time%n",
                    flags, elapsed / 1_000_000, processorTime(node).toMillis());

            assertThat(node.origin()).isEqualTo("snapshot");
            assertThat(node.dependency("postgres")).isEqualTo("down");
        }
    }

    /** Unlike the elapsed time, it hardly depends on what else the machine runs. */
    private static Duration processorTime(JarNode node) {
        return ProcessHandle.of(node.process().pid())
                .flatMap(process -> process.info().totalCpuDuration())
                .orElseThrow();
    }

    private NodeSettings settings(String id) {
        return NodeSettings.of(directory, id).set("admin.token", JarNode.TOKEN);
    }

    private static Path snapshot(NodeSettings settings) {
        return settings.directory().resolve("data").resolve("ruleset.snapshot");
    }

    /** The variant of the last flag for a user who matches only its last segment, or an empty text. */
    private static String answer(JarNode node, int flags) {
        String key = "flag-" + (flags - 1);
        String body = node.vardata(Documents.KEY, Map.of("user_id", "u", "flag_keys", key))
                .body();
        JsonObject flag = body.startsWith("{") ? new JsonObject(body).getJsonObject(key) : null;
        return flag == null ? "" : flag.getString("key", "");
    }

    private static String document(int count) {
        List<JsonObject> flags = new ArrayList<>();
        for (int number = 0; number < count; number++) {
            flags.add(flag(number));
        }
        return Documents.document(List.of(Documents.deployment()), flags).encode();
    }

    /** Three segments, as typical flags have: listed users, a condition on a property with a split, everybody else. */
    private static JsonObject flag(int number) {
        JsonObject variants = new JsonObject();
        for (String variant : List.of("control", "treatment", "last")) {
            variants.put(
                    variant,
                    new JsonObject()
                            .put("key", variant)
                            .put("value", variant)
                            .put("payload", new JsonObject().put("title", variant + " of flag " + number)));
        }
        JsonArray listed = new JsonArray();
        for (int user = 0; user < 10; user++) {
            listed.add("tester-" + number + "-" + user);
        }
        JsonArray distributions = JsonArray.of(
                new JsonObject().put("variant", "control").put("range", JsonArray.of(0, 21_474_836)),
                new JsonObject().put("variant", "treatment").put("range", JsonArray.of(21_474_836, 42_949_673)));
        JsonObject bucket = new JsonObject()
                .put("selector", JsonArray.of("context", "user", "user_id"))
                .put("salt", "salt-" + number)
                .put(
                        "allocations",
                        JsonArray.of(new JsonObject()
                                .put("range", JsonArray.of(0, 100))
                                .put("distributions", distributions)));
        return new JsonObject()
                .put("key", "flag-" + number)
                .put("metadata", new JsonObject().put("flagVersion", 1).put("experimentKey", "exp-" + number))
                .put("variants", variants)
                .put(
                        "segments",
                        JsonArray.of(
                                segment("last", "user_id", "is", listed).put("metadata", name("Testers")),
                                segment("control", "country", "is", JsonArray.of("Germany", "France", "Spain"))
                                        .put("bucket", bucket)
                                        .put("metadata", name("Europe")),
                                new JsonObject().put("variant", "last").put("metadata", name("All Other Users"))));
    }

    private static JsonObject name(String segment) {
        return new JsonObject().put("segmentName", segment);
    }

    private static JsonObject segment(String variant, String property, String operator, JsonArray values) {
        JsonObject condition = new JsonObject()
                .put("selector", JsonArray.of("context", "user", property))
                .put("op", operator)
                .put("values", values);
        return new JsonObject().put("variant", variant).put("conditions", JsonArray.of(JsonArray.of(condition)));
    }
}
