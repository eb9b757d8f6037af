package io.variate.admin.console;

import io.variate.testing.Contract;
import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** A client that reads a stream of changes on a thread of its own, and holds it against the OpenAPI document. */
final class EventStream implements AutoCloseable {
    private static final String PATH = "/api/1/changes";

    private final HttpResponse<InputStream> response;
    private final String target;
    private final List<Event> events = new CopyOnWriteArrayList<>();
    private volatile boolean ended;

    /** @param data an object, empty for events that are no changes */
    record Event(String type, String id, JsonObject data) {}

    private EventStream(String target, HttpResponse<InputStream> response) {
        this.target = target;
        this.response = response;
        Thread reader = new Thread(this::read, "event stream");
        reader.setDaemon(true);
        reader.start();
    }

    /** @param headers alternating names and values */
    static EventStream open(RunningNode node, String query, String... headers) {
        String target = PATH + query;
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.adminPort() + target))
                .headers(headers)
                .build();
        try {
            HttpResponse<InputStream> response = HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .build()
                    .send(request, HttpResponse.BodyHandlers.ofInputStream());
            return new EventStream(target, response);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    int status() {
        return response.statusCode();
    }

    boolean hasEnded() {
        return ended;
    }

    List<Event> events() {
        return List.copyOf(events);
    }

    /** The data of all changes so far. */
    List<JsonObject> changes() {
        return events.stream()
                .filter(event -> event.type().equals("change"))
                .map(Event::data)
                .toList();
    }

    /** The keys of all changed resources so far. */
    List<String> keys() {
        return changes().stream().map(change -> change.getString("key")).toList();
    }

    private void read() {
        StringBuilder block = new StringBuilder();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                block.append(line).append('\n');
                if (line.isEmpty()) {
                    add(block.toString());
                    block.setLength(0);
                }
            }
        } catch (IOException e) {
            // The stream is cut off, or closed by the test.
        } finally {
            ended = true;
        }
    }

    private void add(String block) {
        Contract.ADMIN.check(
                "GET", target, response.statusCode(), response.headers().map(), block);
        Map<String, String> fields = new HashMap<>();
        for (String line : block.split("\n", -1)) {
            int colon = line.indexOf(": ");
            if (colon > 0) {
                fields.put(line.substring(0, colon), line.substring(colon + 2));
            }
        }
        String data = fields.get("data");
        if (data != null) {
            events.add(
                    new Event(fields.getOrDefault("event", ""), fields.getOrDefault("id", ""), new JsonObject(data)));
        }
    }

    @Override
    public void close() {
        try {
            response.body().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<String> ids(List<Event> events) {
        List<String> ids = new ArrayList<>();
        events.forEach(event -> ids.add(event.id()));
        return ids;
    }
}
