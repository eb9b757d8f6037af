package io.variate.it.harness;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A stand-in for the cloud of Amplitude in the JVM of the test: deployments, flags, flag streams, cohorts and the ingestion of
 * events, each of which can be made to fail. Each client connects to a port of its own, by which its requests are counted.
 * For any thread.
 */
public final class AmplitudeStandIn implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration SLOWNESS = Duration.ofSeconds(10);
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(15);
    private static final String KEEP_ALIVE_EVENT = "data:  \n\n";
    private static final int MAX_PAGE = 1_000;
    private static final int MAX_BODY = 20 * 1024 * 1024;

    /** What clients request. */
    public enum Resource {
        DEPLOYMENTS,
        FLAGS,
        STREAM,
        COHORT,
        EVENTS
    }

    /** A way to fail. */
    public enum Fault {
        /** Answers after 10 s, as if healthy. */
        SLOW,
        RATE_LIMIT,
        /** 429 with {@code Retry-After: 1}. */
        RATE_LIMIT_WITH_RETRY_AFTER,
        /**
         * 429 with {@code Retry-After: 1} that names the user and device of the first event of a batch; as
         * {@link #RATE_LIMIT} elsewhere.
         */
        THROTTLED_DEVICES,
        /** 500 with a body that quotes the credentials of the request. */
        SERVER_ERROR,
        /** 502 with a page of a proxy. */
        HTML_ERROR,
        UNAVAILABLE,
        /** 401 with a body that quotes the credentials of the request. */
        UNAUTHORIZED,
        NOT_FOUND,
        /** 413, except for a batch of one event, which is taken. */
        TOO_LARGE,
        /** 200 and the first half of the JSON text, as a complete body. */
        TRUNCATED_JSON,
        /** 200 and half of the announced bytes; then the connection closes. */
        TRUNCATED_BODY,
        /** 200 with JSON of another form. */
        WRONG_CONTENT,
        /** 200 with a page, as a captive portal sends it. */
        PAGE,
        /** Closes the connection without an answer, and does nothing. */
        RESET,
        /** Does what the request asks for; then closes the connection without an answer. */
        LOST_ANSWER
    }

    /**
     * The credentials of a project.
     *
     * @param id as the list of deployments has it
     */
    public record Project(String id, String apiKey, String secretKey, String managementKey) {}

    /**
     * An event when it arrived first.
     *
     * @param place position among all first arrivals
     */
    public record Arrival(int place, String apiKey, String insertId, String user, String type, long time) {}

    private record Deployment(int id, String project, String key, boolean deleted) {}

    private record Cohort(String apiKey, String secretKey, int size, long lastModified, Buffer body) {}

    private record OpenStream(String deployment, @Nullable String evaluationMode, HttpServerResponse response) {}

    private record Answer(int status, String type, Buffer body, Map<String, String> headers) {
        static Answer json(int status, String text) {
            return new Answer(status, "application/json", Buffer.buffer(text), Map.of());
        }

        static Answer error(int status, String error) {
            return json(
                    status,
                    new JsonObject().put("code", status).put("error", error).encode());
        }
    }

    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    private final List<HttpServer> servers = new CopyOnWriteArrayList<>();
    private final Map<String, Integer> ports = new ConcurrentHashMap<>();
    private final Map<String, AtomicInteger> requests = new ConcurrentHashMap<>();
    private final Map<Resource, Supplier<@Nullable Fault>> faults = new ConcurrentHashMap<>();
    private final Map<String, Project> projects = new ConcurrentHashMap<>();
    private final List<Deployment> deployments = new CopyOnWriteArrayList<>();
    private final Map<String, JsonArray> flags = new ConcurrentHashMap<>();
    private final Map<String, Cohort> cohorts = new ConcurrentHashMap<>();
    private final List<OpenStream> streams = new CopyOnWriteArrayList<>();
    private final Map<String, Arrival> arrivals = new ConcurrentHashMap<>();
    private final AtomicInteger repeats = new AtomicInteger();
    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicInteger maxInFlight = new AtomicInteger();
    private volatile Predicate<JsonObject> rejected = event -> false;
    private volatile boolean hasStreams = true;
    private volatile int pageSize = MAX_PAGE;

    /** Starts the stand-in without content, for one client. */
    public AmplitudeStandIn() {
        vertx.setPeriodic(KEEP_ALIVE.toMillis(), timer -> streams.forEach(each -> write(each, KEEP_ALIVE_EVENT)));
        listen("");
    }

    /** The base URL of all resources. */
    public String url() {
        return url("");
    }

    /** A base URL whose requests are counted for a client. */
    public String url(String client) {
        return "http://127.0.0.1:" + Objects.requireNonNull(ports.get(client), client);
    }

    /** The full URL of the ingestion of events. */
    public String eventsUrl() {
        return url() + "/batch";
    }

    /** Opens a port for a client, and returns its base URL. A port that was closed opens again. */
    public String listen(String client) {
        HttpServer server = vertx.createHttpServer(new HttpServerOptions()
                        .setHost("127.0.0.1")
                        .setPort(ports.getOrDefault(client, 0))
                        .setDecompressionSupported(true)
                        .setMaxHeaderSize(65_536))
                .requestHandler(request -> handle(client, request));
        await(server.listen());
        servers.add(server);
        ports.put(client, server.actualPort());
        return url(client);
    }

    /** Closes all ports with their connections: nothing can be reached until {@link #start}. */
    public void stop() {
        servers.forEach(server -> await(server.close()));
        servers.clear();
        streams.clear();
    }

    /** Opens all ports that {@link #stop} closed. */
    public void start() {
        List.copyOf(ports.keySet()).forEach(this::listen);
    }

    @Override
    public void close() {
        await(vertx.close());
    }

    // Content.

    public AmplitudeStandIn add(Project project) {
        projects.put(project.apiKey(), project);
        return this;
    }

    /** Adds a deployment with the flags that it has. */
    public AmplitudeStandIn addDeployment(Project project, String key, JsonObject... flagsOfKey) {
        deployments.add(new Deployment(deployments.size() + 1, project.id(), key, false));
        setFlags(key, flagsOfKey);
        return this;
    }

    /** Marks a deployment as deleted; its key is invalid from now on. */
    public void deleteDeployment(String key) {
        deployments.replaceAll(
                each -> each.key().equals(key) ? new Deployment(each.id(), each.project(), key, true) : each);
        flags.remove(key);
    }

    /** Replaces the flags of a deployment, and sends them to its streams. */
    public void setFlags(String deployment, JsonObject... flagsOfKey) {
        flags.put(deployment, new JsonArray(List.of(flagsOfKey)));
        streams.stream().filter(each -> each.deployment().equals(deployment)).forEach(this::writeFlags);
    }

    /** Replaces a cohort. */
    public void putCohort(Project project, String id, String groupType, long lastModified, List<String> members) {
        JsonObject head = new JsonObject()
                .put("cohortId", id)
                .put("groupType", groupType)
                .put("groupTypeId", 0)
                .put("lastComputed", lastModified)
                .put("lastModified", lastModified)
                .put("size", members.size())
                .put("memberIds", new JsonArray(members));
        cohorts.put(
                id, new Cohort(project.apiKey(), project.secretKey(), members.size(), lastModified, head.toBuffer()));
    }

    public void removeCohort(String id) {
        cohorts.remove(id);
    }

    /** The most deployments on one page. */
    public AmplitudeStandIn pageSize(int limit) {
        pageSize = limit;
        return this;
    }

    /** Whether there are flag streams; without them they are 404, and those that are open end. */
    public AmplitudeStandIn streams(boolean offered) {
        hasStreams = offered;
        if (!offered) {
            endStreams();
        }
        return this;
    }

    /** Ends all open streams. */
    public void endStreams() {
        List<OpenStream> open = List.copyOf(streams);
        streams.removeAll(open);
        open.forEach(each -> each.response().end().onFailure(lost -> {}));
    }

    /** Answers 400 to each batch with an event of this kind, with its index. */
    public void rejectEvents(Predicate<JsonObject> kind) {
        rejected = kind;
    }

    // Faults.

    /** Lets a resource fail until {@link #heal}. Streams that are open end. */
    public void fail(Resource resource, Fault fault) {
        fail(resource, () -> fault);
    }

    /** Lets every resource fail in one way. */
    public void failAll(Fault fault) {
        for (Resource resource : Resource.values()) {
            fail(resource, fault);
        }
    }

    /** Lets requests fail at random, each in one of some ways. */
    public void failAtRandom(Resource resource, double share, long seed, Fault... ways) {
        Random random = new Random(seed);
        fail(resource, () -> {
            synchronized (random) {
                return random.nextDouble() < share ? ways[random.nextInt(ways.length)] : null;
            }
        });
    }

    private void fail(Resource resource, Supplier<@Nullable Fault> supplier) {
        faults.put(resource, supplier);
        if (resource == Resource.STREAM) {
            endStreams();
        }
    }

    public void heal() {
        faults.clear();
    }

    // Observations.

    /** How many requests for a resource have arrived. */
    public int requests(Resource resource) {
        return ports.keySet().stream()
                .mapToInt(client -> requests(client, resource))
                .sum();
    }

    /** How many requests of a client for a resource have arrived. */
    public int requests(String client, Resource resource) {
        AtomicInteger count = requests.get(client + " " + resource);
        return count == null ? 0 : count.get();
    }

    /** How many flag streams are open. */
    public int openStreams() {
        return streams.size();
    }

    /** The most requests in flight at a time, streams excluded. */
    public int maxInFlight() {
        return maxInFlight.get();
    }

    /** The events that arrived, in their order, each once. */
    public List<Arrival> arrivals() {
        return arrivals.values().stream()
                .sorted((one, other) -> Integer.compare(one.place(), other.place()))
                .toList();
    }

    /** How many events have arrived, each once. */
    public int arrived() {
        return arrivals.size();
    }

    /** How many events arrived again. */
    public int repeats() {
        return repeats.get();
    }

    // The server, on its event loop.

    private void handle(String client, HttpServerRequest request) {
        Resource resource = resource(request.path());
        if (resource == null) {
            request.response().setStatusCode(404).end("no such path");
            return;
        }
        requests.computeIfAbsent(client + " " + resource, none -> new AtomicInteger())
                .incrementAndGet();
        if (resource != Resource.STREAM) {
            maxInFlight.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
            request.response().endHandler(ended -> inFlight.decrementAndGet());
            request.response().exceptionHandler(lost -> {});
        }
        request.body().onSuccess(body -> answer(resource, request, body)).onFailure(lost -> {});
    }

    private static @Nullable Resource resource(String path) {
        return switch (path) {
            case "/api/1/deployments" -> Resource.DEPLOYMENTS;
            case "/sdk/v2/flags" -> Resource.FLAGS;
            case "/sdk/stream/v1/flags" -> Resource.STREAM;
            case "/batch", "/2/httpapi" -> Resource.EVENTS;
            default -> path.startsWith("/sdk/v1/cohort/") ? Resource.COHORT : null;
        };
    }

    private void answer(Resource resource, HttpServerRequest request, Buffer body) {
        Supplier<@Nullable Fault> supplier = faults.get(resource);
        Fault fault = supplier == null ? null : supplier.get();
        if (fault == null) {
            answerAsHealthy(resource, request, body);
            return;
        }
        switch (fault) {
            case SLOW -> vertx.setTimer(SLOWNESS.toMillis(), timer -> answerAsHealthy(resource, request, body));
            case RESET -> request.connection().close();
            case LOST_ANSWER -> {
                healthy(resource, request, body);
                request.connection().close();
            }
            case TRUNCATED_BODY -> {
                Buffer whole = healthy(resource, request, body).body();
                request.response()
                        .putHeader("Content-Type", "application/json")
                        .putHeader("Content-Length", String.valueOf(whole.length() + 1))
                        .write(whole.slice(0, whole.length() / 2))
                        .onComplete(written -> request.connection().close());
            }
            case TRUNCATED_JSON -> {
                Buffer whole = healthy(resource, request, body).body();
                send(request, truncated(resource, whole.slice(0, whole.length() / 2)));
            }
            case TOO_LARGE -> {
                if (resource == Resource.EVENTS && events(body).size() == 1) {
                    answerAsHealthy(resource, request, body);
                } else {
                    send(request, Answer.error(413, "Payload too large"));
                }
            }
            case THROTTLED_DEVICES ->
                send(request, resource == Resource.EVENTS ? throttled(body) : Answer.error(429, "Too many requests"));
            case RATE_LIMIT -> send(request, Answer.error(429, "Too many requests"));
            case RATE_LIMIT_WITH_RETRY_AFTER ->
                send(
                        request,
                        new Answer(429, "text/plain", Buffer.buffer("Too many requests"), Map.of("Retry-After", "1")));
            case SERVER_ERROR -> send(request, Answer.error(500, "Internal error" + quoted(request, body)));
            case UNAVAILABLE -> send(request, Answer.error(503, "Unavailable"));
            case UNAUTHORIZED -> send(request, Answer.error(401, "Unauthorized" + quoted(request, body)));
            case NOT_FOUND -> send(request, Answer.error(404, "Not found"));
            case HTML_ERROR -> send(request, page(502));
            case PAGE -> send(request, page(200));
            case WRONG_CONTENT -> send(request, wrongContent(resource));
        }
    }

    private static String quoted(HttpServerRequest request, Buffer body) {
        String apiKey = body.length() == 0 ? "" : body.toJsonObject().getString("api_key");
        return ": " + request.getHeader("Authorization") + " " + apiKey;
    }

    private static Answer page(int status) {
        return new Answer(
                status, "text/html", Buffer.buffer("<html><body><h1>" + status + "</h1></body></html>"), Map.of());
    }

    private static Answer truncated(Resource resource, Buffer half) {
        return resource == Resource.STREAM
                ? new Answer(
                        200,
                        "text/event-stream",
                        Buffer.buffer("data: ").appendBuffer(half).appendString("\n\n"),
                        Map.of())
                : new Answer(200, "application/json", half, Map.of());
    }

    private static Answer wrongContent(Resource resource) {
        return resource == Resource.STREAM
                ? new Answer(200, "text/event-stream", Buffer.buffer("data: {\"flags\":1}\n\n"), Map.of())
                : Answer.json(200, "{\"flags\":1,\"deployments\":\"none\",\"memberIds\":7}");
    }

    private void answerAsHealthy(Resource resource, HttpServerRequest request, Buffer body) {
        Answer answer = healthy(resource, request, body);
        if (resource == Resource.STREAM && answer.status() == 200) {
            openStream(request);
        } else {
            send(request, answer);
        }
    }

    private static void send(HttpServerRequest request, Answer answer) {
        HttpServerResponse response = request.response();
        if (response.closed()) {
            return;
        }
        response.setStatusCode(answer.status());
        answer.headers().forEach(response::putHeader);
        if (answer.status() == 204) {
            response.end().onFailure(lost -> {});
        } else {
            response.putHeader("Content-Type", answer.type()).end(answer.body()).onFailure(lost -> {});
        }
    }

    private Answer healthy(Resource resource, HttpServerRequest request, Buffer body) {
        return switch (resource) {
            case DEPLOYMENTS -> listDeployments(request);
            case FLAGS -> flags(request);
            case STREAM -> hasStreams ? flags(request) : Answer.error(404, "Not found");
            case COHORT -> cohort(request);
            case EVENTS -> ingest(body);
        };
    }

    private Answer listDeployments(HttpServerRequest request) {
        String authorization = String.valueOf(request.getHeader("Authorization"));
        List<String> visible = projects.values().stream()
                .filter(each -> authorization.equals("Bearer " + each.managementKey()))
                .map(Project::id)
                .toList();
        if (visible.isEmpty()) {
            return Answer.error(401, "Unauthorized");
        }
        List<Deployment> all = deployments.stream()
                .filter(each -> visible.contains(each.project()))
                .toList();
        int from = integer(request, "cursor", 0);
        int to = Math.min(all.size(), from + Math.min(pageSize, integer(request, "limit", MAX_PAGE)));
        JsonArray page = new JsonArray();
        all.subList(Math.min(from, to), to)
                .forEach(each -> page.add(new JsonObject()
                        .put("id", String.valueOf(each.id()))
                        .put("projectId", each.project())
                        .put("label", "label-" + each.id())
                        .put("key", each.key())
                        .put("deleted", each.deleted())));
        JsonObject answer = new JsonObject().put("deployments", page);
        if (to < all.size()) {
            answer.put("nextCursor", to);
        }
        return Answer.json(200, answer.encode());
    }

    private static int integer(HttpServerRequest request, String parameter, int otherwise) {
        String value = request.getParam(parameter);
        return value == null ? otherwise : Integer.parseInt(value);
    }

    private Answer flags(HttpServerRequest request) {
        JsonArray own = flags.get(deployment(request));
        return own == null
                ? Answer.error(401, "Unauthorized")
                : Answer.json(200, delivered(own, request.getParam("eval_mode")).encode());
    }

    private static String deployment(HttpServerRequest request) {
        String authorization = String.valueOf(request.getHeader("Authorization"));
        return authorization.startsWith("Api-Key ") ? authorization.substring("Api-Key ".length()) : "";
    }

    /** Flags of remote evaluation lack their rules, unless these flags alone are requested. */
    private static JsonArray delivered(JsonArray flags, @Nullable String evaluationMode) {
        JsonArray delivered = new JsonArray();
        for (int i = 0; i < flags.size(); i++) {
            JsonObject flag = flags.getJsonObject(i);
            String mode = flag.getJsonObject("metadata", new JsonObject()).getString("evaluationMode", "local");
            if (evaluationMode == null) {
                delivered.add(mode.equals("remote") ? stub(flag) : flag);
            } else if (mode.equals(evaluationMode)) {
                delivered.add(flag);
            }
        }
        return delivered;
    }

    private static JsonObject stub(JsonObject flag) {
        JsonObject segment = new JsonObject()
                .put("metadata", new JsonObject().put("segmentName", "default"))
                .put("variant", "off");
        return flag.copy().put("segments", JsonArray.of(segment));
    }

    private void openStream(HttpServerRequest request) {
        // After a slow answer, the client may have gone: its response would never end.
        if (request.response().closed()) {
            return;
        }
        HttpServerResponse response = request.response()
                .putHeader("Content-Type", "text/event-stream; charset=utf-8")
                .putHeader("Cache-Control", "no-cache")
                .setChunked(true);
        OpenStream stream = new OpenStream(deployment(request), request.getParam("eval_mode"), response);
        streams.add(stream);
        response.exceptionHandler(lost -> streams.remove(stream));
        response.endHandler(ended -> streams.remove(stream));
        response.closeHandler(closed -> streams.remove(stream));
        writeFlags(stream);
    }

    private void writeFlags(OpenStream stream) {
        JsonArray own = flags.getOrDefault(stream.deployment(), new JsonArray());
        write(stream, "data: " + delivered(own, stream.evaluationMode()).encode() + "\n\n");
    }

    private static void write(OpenStream stream, String event) {
        stream.response().write(event).onFailure(lost -> {});
    }

    private Answer cohort(HttpServerRequest request) {
        String authorization = String.valueOf(request.getHeader("Authorization"));
        String id = request.path().substring("/sdk/v1/cohort/".length());
        boolean isKnown = projects.values().stream()
                .anyMatch(each -> authorization.equals(basic(each.apiKey(), each.secretKey())));
        if (!isKnown) {
            return Answer.error(401, "Invalid api or secret key");
        }
        Cohort cohort = cohorts.get(id);
        if (cohort == null || !authorization.equals(basic(cohort.apiKey(), cohort.secretKey()))) {
            return Answer.error(404, "Cohort not found");
        }
        if (cohort.size() > integer(request, "maxCohortSize", Integer.MAX_VALUE)) {
            return Answer.error(413, "Cohort exceeds the maximum size");
        }
        return String.valueOf(cohort.lastModified()).equals(request.getParam("lastModified"))
                ? new Answer(204, "", Buffer.buffer(), Map.of())
                : new Answer(200, "application/json", cohort.body(), Map.of());
    }

    private static String basic(String user, String password) {
        return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(UTF_8));
    }

    private Answer ingest(Buffer body) {
        if (body.length() > MAX_BODY) {
            return Answer.error(413, "Payload too large");
        }
        JsonObject batch;
        try {
            batch = body.toJsonObject();
        } catch (DecodeException e) {
            return Answer.error(400, "Invalid JSON request body");
        }
        String apiKey = batch.getString("api_key", "");
        List<JsonObject> events = events(batch);
        if (!projects.containsKey(apiKey)) {
            return Answer.error(400, "Invalid API key");
        }
        List<Integer> bad = IntStream.range(0, events.size())
                .filter(i -> rejected.test(events.get(i)))
                .boxed()
                .toList();
        if (!bad.isEmpty()) {
            JsonObject fields = new JsonObject().put("time", new JsonArray(bad));
            return Answer.json(
                    400,
                    new JsonObject()
                            .put("code", 400)
                            .put("error", "Invalid events")
                            .put("events_with_invalid_fields", fields)
                            .encode());
        }
        events.forEach(event -> arrive(apiKey, event));
        return Answer.json(
                200,
                new JsonObject()
                        .put("code", 200)
                        .put("events_ingested", events.size())
                        .put("payload_size_bytes", body.length())
                        .put("server_upload_time", System.currentTimeMillis())
                        .encode());
    }

    private void arrive(String apiKey, JsonObject event) {
        String id = Objects.requireNonNull(event.getString("insert_id"), event::encode);
        Arrival arrival = new Arrival(
                arrivals.size(),
                apiKey,
                id,
                String.valueOf(event.getString("user_id")),
                String.valueOf(event.getString("event_type")),
                event.getLong("time", 0L));
        if (arrivals.putIfAbsent(apiKey + " " + id, arrival) != null) {
            repeats.incrementAndGet();
        }
    }

    private static List<JsonObject> events(Buffer body) {
        return events(body.toJsonObject());
    }

    private static List<JsonObject> events(JsonObject batch) {
        List<JsonObject> events = new ArrayList<>();
        batch.getJsonArray("events", new JsonArray()).forEach(event -> events.add((JsonObject) event));
        return events;
    }

    /** Too many events of the user of the first event: all events of that user are throttled. */
    private static Answer throttled(Buffer body) {
        List<JsonObject> events = events(body);
        String user = String.valueOf(events.get(0).getString("user_id"));
        List<Integer> indexes = IntStream.range(0, events.size())
                .filter(i -> user.equals(events.get(i).getString("user_id")))
                .boxed()
                .toList();
        Map<String, Object> devices = new LinkedHashMap<>();
        String device = events.get(0).getString("device_id");
        if (device != null) {
            devices.put(device, 11);
        }
        JsonObject answer = new JsonObject()
                .put("code", 429)
                .put("error", "Too many requests for some devices and users")
                .put("eps_threshold", 10)
                .put("throttled_devices", new JsonObject(devices))
                .put("throttled_users", new JsonObject().put(user, 11))
                .put("throttled_events", new JsonArray(indexes));
        return new Answer(429, "application/json", answer.toBuffer(), Map.of("Retry-After", "1"));
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }
}
