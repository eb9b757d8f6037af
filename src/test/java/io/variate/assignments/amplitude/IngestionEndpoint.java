package io.variate.assignments.amplitude;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** A stand-in for Amplitude's ingestion endpoint, whose answers the test determines. Thread-safe. */
public final class IngestionEndpoint {

    /** The body of a request. */
    public record Request(String apiKey, List<JsonObject> events, JsonObject body) {
        public List<String> insertIds() {
            return events.stream().map(event -> event.getString("insert_id")).toList();
        }
    }

    /**
     * What the endpoint answers.
     *
     * @param status 0 to close the connection instead
     * @param takes whether it takes the events
     */
    public record Reply(int status, String body, Map<String, String> headers, boolean takes) {
        public static Reply ok() {
            return new Reply(200, "{\"code\":200,\"events_ingested\":1}", Map.of(), true);
        }

        public static Reply of(int status, JsonObject body) {
            return new Reply(status, body.put("code", status).encode(), Map.of(), false);
        }

        Reply with(String name, String value) {
            return new Reply(status, body, Map.of(name, value), takes);
        }
    }

    private final Vertx vertx = Vertx.vertx();
    private final HttpServer server;
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final Queue<Function<Request, Reply>> script = new ConcurrentLinkedQueue<>();
    private volatile Function<Request, Reply> otherwise = request -> Reply.ok();

    /** The first arrivals of events that were taken, by insert id, in order; guarded by itself. */
    private final Map<String, JsonObject> taken = new LinkedHashMap<>();

    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicInteger mostInFlight = new AtomicInteger();

    /** Starts an endpoint that takes everything. */
    public IngestionEndpoint() throws Exception {
        server = vertx.createHttpServer()
                .requestHandler(this::receive)
                .listen(0, "127.0.0.1")
                .await(10, TimeUnit.SECONDS);
    }

    /** The address of the endpoint. */
    public URI url() {
        return URI.create("http://127.0.0.1:" + server.actualPort() + "/batch");
    }

    /** Answers the next request that has no answer yet. */
    public void next(Function<Request, Reply> answer) {
        script.add(answer);
    }

    public void next(Reply answer) {
        next(request -> answer);
    }

    /** Answers all requests that {@link #next} does not. */
    public void always(Function<Request, Reply> answer) {
        otherwise = answer;
    }

    /** All requests in order. */
    public List<Request> requests() {
        return List.copyOf(requests);
    }

    /** The insert ids of the events taken, in the order of their first arrival. */
    public List<String> taken() {
        synchronized (taken) {
            return List.copyOf(taken.keySet());
        }
    }

    /** The events taken, in the order of their first arrival. */
    public List<JsonObject> takenEvents() {
        synchronized (taken) {
            return List.copyOf(taken.values());
        }
    }

    int mostInFlight() {
        return mostInFlight.get();
    }

    private void receive(HttpServerRequest request) {
        mostInFlight.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
        request.body().onSuccess(body -> answer(request, body));
    }

    private void answer(HttpServerRequest request, Buffer body) {
        JsonObject json = new JsonObject(body);
        List<JsonObject> events = new ArrayList<>();
        JsonArray sent = json.getJsonArray("events");
        for (int i = 0; i < sent.size(); i++) {
            events.add(sent.getJsonObject(i));
        }
        Request received = new Request(json.getString("api_key"), events, json);
        requests.add(received);
        Function<Request, Reply> next = script.poll();
        Reply reply = (next == null ? otherwise : next).apply(received);
        if (reply.takes()) {
            synchronized (taken) {
                events.forEach(event -> taken.putIfAbsent(event.getString("insert_id"), event));
            }
        }
        inFlight.decrementAndGet();
        if (reply.status() == 0) {
            request.connection().close();
        } else if (reply.status() > 0) {
            reply.headers().forEach(request.response()::putHeader);
            request.response().setStatusCode(reply.status()).end(reply.body());
        }
    }

    /** Stops the endpoint. */
    public void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }
}
