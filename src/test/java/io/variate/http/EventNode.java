package io.variate.http;

import io.variate.dev.EmbeddedKafka;
import io.variate.dev.EventsReader;
import io.variate.testing.Await;
import io.variate.testing.RunningNode;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.TestInfo;

/** A node with a broker of its own, shared by the tests of a class; each test uses its own user ids. */
final class EventNode implements AutoCloseable {
    private static final String TOPIC = "assignments";
    private static final String FORWARD_TOPIC = "others";

    private final EmbeddedKafka kafka;
    private final RunningNode node;

    private EventNode(EmbeddedKafka kafka, RunningNode node) {
        this.kafka = kafka;
        this.node = node;
    }

    /**
     * Starts broker and node. Other event types than assignments and exposures are rejected.
     *
     * @param more settings of the node, as environment variables
     */
    static EventNode start(Path directory, String ruleset, Map<String, String> more) {
        EmbeddedKafka kafka = EmbeddedKafka.start(directory, 0);
        Map<String, String> settings = new HashMap<>(more);
        settings.put("VARIATE_KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrapServers());
        settings.put("VARIATE_KAFKA_TOPIC", TOPIC);
        settings.put("VARIATE_ASSIGNMENTS_LINGER", "1ms");
        return new EventNode(kafka, RunningNode.serving(ruleset, settings));
    }

    /** As {@link #start}, but other event types are forwarded. */
    static EventNode startForwarding(Path directory, String ruleset) {
        return start(directory, ruleset, forwarding());
    }

    /** The settings that make a node forward events. */
    static Map<String, String> forwarding() {
        return Map.of("VARIATE_EVENTS_FORWARD_TOPIC", FORWARD_TOPIC);
    }

    /** A user id for one invocation of a test method. */
    static String userOf(TestInfo test) {
        return test.getTestMethod().orElseThrow().getName()
                + Integer.toHexString(test.getDisplayName().hashCode());
    }

    /** The body of an upload. */
    static String upload(String apiKey, String... events) {
        return "{\"api_key\":\"" + apiKey + "\",\"events\":[" + String.join(",", events) + "]}";
    }

    /** An assignment of a user. */
    static String assignment(String user, String moreMembers) {
        return "{\"event_type\":\"[Experiment] Assignment\",\"user_id\":\"" + user + "\"" + moreMembers + "}";
    }

    RunningNode node() {
        return node;
    }

    /** All assignments and exposures in Kafka, after the node has delivered everything. */
    List<EventsReader.Event> delivered() {
        Await.value(
                "all spooled events are delivered",
                () -> node.metric("variate_assignments_spooled"),
                seen -> seen == 0);
        return EventsReader.readAll(kafka.bootstrapServers(), TOPIC);
    }

    /** Those of a user or device, as JSON text. */
    List<String> delivered(String key) {
        return valuesOf(key, delivered());
    }

    /** The forwarded events of a user or device, as JSON text. */
    List<String> forwarded(String key) {
        return valuesOf(key, EventsReader.readAll(kafka.bootstrapServers(), FORWARD_TOPIC));
    }

    private static List<String> valuesOf(String key, List<EventsReader.Event> events) {
        return events.stream()
                .filter(event -> key.equals(event.key()))
                .map(EventsReader.Event::value)
                .toList();
    }

    @Override
    public void close() {
        node.close();
        kafka.close();
    }
}
