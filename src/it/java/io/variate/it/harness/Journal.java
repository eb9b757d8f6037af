package io.variate.it.harness;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.dev.EventsReader;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * The assignments that a topic holds, each once. Reading it is a test of what holds for every one of them: its key is
 * its user, its {@code insert_id} is made as documented, and further copies are equal to the byte. One that is recorded by
 * two nodes, or by one at two times, is not a copy but a repeat, and has the same {@code insert_id}.
 */
public final class Journal {
    private static final String VARIANT = ".variant";

    private final Map<String, String> values = new HashMap<>();
    private final Set<String> insertIds = new HashSet<>();
    private final Map<String, List<String>> variants = new LinkedHashMap<>();
    private int copies;

    private Journal() {}

    public static Journal read(String bootstrapServers, String topic) {
        Journal journal = new Journal();
        EventsReader.readAll(bootstrapServers, topic).forEach(journal::add);
        return journal;
    }

    private void add(EventsReader.Event message) {
        JsonObject event = new JsonObject(message.value());
        String user = event.getString("user_id");
        String canonical = canonical(event.getJsonObject("event_properties"));
        String insertId = event.getString("insert_id");
        long day = Math.floorDiv(event.getLong("time"), TimeUnit.DAYS.toMillis(1));
        assertThat(message.key()).isEqualTo(user);
        assertThat(insertId).isEqualTo(user + " null " + (user.trim() + " null " + canonical).hashCode() + " " + day);
        String recording = event.getString("node") + " " + event.getLong("time") + " " + insertId;
        String first = values.putIfAbsent(recording, message.value());
        if (first != null) {
            copies++;
            assertThat(message.value()).isEqualTo(first);
        }
        if (insertIds.add(insertId)) {
            variants.computeIfAbsent(user, none -> new ArrayList<>()).add(canonical);
        }
    }

    private static String canonical(JsonObject eventProperties) {
        Map<String, String> variants = new TreeMap<>();
        eventProperties.forEach(property -> {
            String name = property.getKey();
            if (name.endsWith(VARIANT)) {
                variants.put(
                        name.substring(0, name.length() - VARIANT.length()),
                        property.getValue().toString());
            }
        });
        return canonical(variants);
    }

    /** Flags in ascending order with their variants, as they stand in the canonical form of an assignment. */
    public static String canonical(Map<String, String> variants) {
        StringBuilder canonical = new StringBuilder();
        new TreeMap<>(variants).forEach((flag, variant) -> canonical.append(flag + " " + variant + " "));
        return canonical.toString();
    }

    /** The {@code insert_id}s of all assignments. */
    public Set<String> insertIds() {
        return Set.copyOf(insertIds);
    }

    /** How many were recorded. */
    public int size() {
        return values.size();
    }

    /** How many of them had been recorded before. */
    public int repeats() {
        return values.size() - insertIds.size();
    }

    /** How many further copies there are. */
    public int copies() {
        return copies;
    }

    /** The results of each user in the order of their first copies. */
    public Map<String, List<String>> variants() {
        return variants;
    }
}
