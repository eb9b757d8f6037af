package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.harness.Documents;
import io.variate.it.harness.JarNode;
import io.variate.it.harness.LedgerMetrics;
import io.variate.it.harness.Neighbours;
import io.variate.it.harness.NodeSettings;
import io.variate.it.harness.PublicCases;
import io.variate.json.Json;
import io.variate.testing.Await;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** User attributes of a request reach Kafka unchanged, whatever characters they contain. */
class EventContentIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String CONTROLS =
            IntStream.rangeClosed(1, 0x20).mapToObj(Character::toString).collect(Collectors.joining()) + "\u007f\u0085";
    private static final String HALVES = "\ud83d \udc00\ud800 \ud83d\ude00";
    private static final String AWKWARD = "\"\\/\u2028\ufeff\uffff" + CONTROLS + HALVES;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static JarNode node;

    private static final String TOPIC = Neighbours.unique("content");

    @BeforeAll
    static void start() throws IOException {
        JsonObject flag = Documents.colourFlag("teal").put("key", AWKWARD);
        JsonObject document = Documents.document(List.of(Documents.deployment()), List.of(flag));
        Path file =
                Files.writeString(directory.resolve("ruleset.json"), PublicCases.ascii(Json.parse(document.encode())));
        node = JarNode.start(NodeSettings.of(directory, "node")
                .set("rulesets.file", file)
                .set("http.max-url-length", 1_048_576)
                .set("kafka.bootstrap-servers", Neighbours.kafka().bootstrapServers())
                .set("kafka.topic", TOPIC)
                .set("evaluation.timeout", "10s"));
        node.awaitReady();
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @Test
    void keepsControlCharactersOfAParameter() {
        Map<String, @Nullable Object> event = eventAfter(Map.of("user_id", "parameter" + CONTROLS), "parameter");

        assertThat(event).containsEntry("user_id", "parameter" + CONTROLS);
    }

    @Test
    void keepsLoneSurrogatesAndControlCharactersOfIdsGroupsAndFlags() {
        Map<String, Object> user = new LinkedHashMap<>();
        user.put("user_id", "awkward" + AWKWARD);
        user.put("device_id", AWKWARD);
        user.put("groups", Map.of(AWKWARD, List.of(AWKWARD)));

        Map<String, @Nullable Object> event = eventAfter(Map.of("context", PublicCases.ascii(user)), "awkward");

        assertThat(event)
                .containsEntry("user_id", "awkward" + AWKWARD)
                .containsEntry("device_id", AWKWARD)
                .containsEntry("groups", Map.of(AWKWARD, List.of(AWKWARD)));
        assertThat(PublicCases.object(event.get("event_properties"))).containsEntry(AWKWARD + ".variant", "on");
        assertThat(String.valueOf(event.get("insert_id"))).startsWith("awkward" + AWKWARD + " " + AWKWARD + " ");
    }

    @Test
    void keepsAnIdOf100Kilobytes() {
        String user = "long" + "x".repeat(100_000);

        assertThat(eventAfter(Map.of("user_id", user), "long")).containsEntry("user_id", user);
    }

    @Test
    void keepsNamesOf100Kilobytes() {
        String name = "n".repeat(100_000);
        Map<String, Object> user = new LinkedHashMap<>();
        user.put("user_id", "names");
        user.put("groups", Map.of(name, List.of(name)));
        user.put("user_properties", Map.of(name, name));

        Map<String, @Nullable Object> event = eventAfter(Map.of("context", PublicCases.ascii(user)), "names");

        assertThat(event).containsEntry("groups", Map.of(name, List.of(name)));
    }

    /** Asks for a user, and looks for the event of the one whose id begins so. */
    private static Map<String, @Nullable Object> eventAfter(Map<String, String> query, String user) {
        assertThat(node.vardata(Documents.KEY, query).statusCode()).isEqualTo(200);
        Await.value("the event is delivered", SOON, () -> LedgerMetrics.of(node).spooled(), seen -> seen == 0);
        assertThat(LedgerMetrics.of(node).assertBalanced().lost()).isEmpty();
        return Neighbours.events(TOPIC).stream()
                .map(event -> PublicCases.object(Json.parse(event.value())))
                .filter(event -> String.valueOf(event.get("user_id")).startsWith(user))
                .findFirst()
                .orElseThrow();
    }
}
