package io.variate.config;

import java.net.URI;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Delivery of events to Amplitude, or to another server with its ingestion API.
 *
 * @param events whether events are delivered there; they come from Kafka, or without Kafka from the event log of this node
 * @param url full URL of the ingestion endpoint
 * @param apiKeys {@code api_key} of the events of each project, by the key of the project
 * @param maxBatchSize most events of a request
 * @param maxBatchBytes most bytes of the body of a request; a single larger event is sent alone
 * @param timeout of a request
 * @param maxRequests concurrent requests of this node
 */
public record Amplitude(
        boolean events,
        URI url,
        Map<String, Secret> apiKeys,
        int maxBatchSize,
        int maxBatchBytes,
        Duration timeout,
        int maxRequests) {

    /** Without a setting of its own, a project has the API key with which this node follows it upstream. */
    static Amplitude read(SettingsReader in, Upstream.Zone upstreamZone, Upstream upstream) {
        Upstream.Zone zone = in.choice("amplitude.zone", upstreamZone, Upstream.Zone.BY_NAME);
        return new Amplitude(
                in.bool("amplitude.events", false),
                in.baseUrl("amplitude.url", zone.events),
                apiKeys(in, upstream),
                in.integer("amplitude.max-batch-size", 1_000, 1, 2_000),
                in.integer("amplitude.max-batch-bytes", 1_048_576, 1_024, 20_971_520),
                in.duration("amplitude.timeout", "30s"),
                in.integer("amplitude.max-requests", 8, 1, 1_000));
    }

    private static Map<String, Secret> apiKeys(SettingsReader in, Upstream upstream) {
        Map<String, Secret> keys = new LinkedHashMap<>();
        for (Upstream.Project project : upstream.projects()) {
            put(keys, project.key(), project.apiKey());
        }
        put(keys, "", in.secret("amplitude.api-key"));
        for (String key : in.names("amplitude.projects", List.of("api-key"))) {
            put(keys, key, in.secret("amplitude.projects." + key + ".api-key"));
        }
        return Collections.unmodifiableMap(keys);
    }

    private static void put(Map<String, Secret> keys, String project, @Nullable Secret apiKey) {
        if (apiKey != null) {
            keys.put(project, apiKey);
        }
    }
}
