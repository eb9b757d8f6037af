package io.variate.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.json.Json;
import io.variate.json.LoneSurrogates;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every field of every body of the management API with values of the wrong type, too long, unknown, with NUL and lone
 * surrogates. The bodies are generated from the OpenAPI document, which the answers must match.
 */
@Timeout(900)
@Tag("slow")
class ManagementBadInputTest {
    private static final Set<String> TAGS =
            Set.of("flags", "experiments", "groups", "deployments", "projects", "batch");
    private static final Set<String> METHODS = Set.of("post", "patch", "delete");
    private static final JsonObject DOCUMENT = document();
    private static final AtomicInteger NUMBER = new AtomicInteger();

    /** Component schemas whose members were replaced in an earlier body. */
    private static final Set<String> COVERED = new HashSet<>();

    /** Ids of the requests that succeeded. */
    private static final Set<String> STORED = new HashSet<>();

    private static final List<@Nullable Object> VALUES = Arrays.asList(
            null,
            true,
            0L,
            -1L,
            1.5,
            9_223_372_036_854_775_807L,
            "",
            "text",
            "\0",
            "\ud800",
            "x".repeat(70_000),
            List.of(),
            Arrays.asList((Object) null),
            List.of(1L),
            List.of("text", "text"),
            Map.of(),
            Map.of("unknown", 1L));

    @SuppressWarnings("NullAway.Init")
    private static ManagedNode node;

    @SuppressWarnings("NullAway.Init")
    private static String deployment;

    @SuppressWarnings("NullAway.Init")
    private static String otherDeployment;

    @SuppressWarnings("NullAway.Init")
    private static String otherExperiment;

    /** A request with a body. */
    private record Operation(String method, String path, JsonObject schema, Object example) {
        @Override
        public String toString() {
            return method + " " + path;
        }
    }

    @BeforeAll
    static void start() {
        node = ManagedNode.start(Map.of("VARIATE_ADMIN_MAX_DOCUMENT_SIZE", "200000"));
        node.put("""
                {"projects": {
                  "other": {"flags": [], "deployments": [
                    {"key": "other-key", "label": "other", "type": "server", "flags": []}]},
                  "": {"flags": [], "deployments": [
                    {"key": "server-key", "label": "shop", "type": "server", "flags": []}]}}}
                """);
        deployment = deployment("1");
        otherDeployment = deployment("other");
        otherExperiment = node.create("/experiments", "{\"projectId\":\"other\",\"key\":\"elsewhere\"}");
    }

    private static String deployment(String project) {
        return node.get("/deployments?projectId=" + project)
                .getJsonArray("deployments")
                .getJsonObject(0)
                .getString("id");
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static JsonObject document() {
        try (InputStream in =
                Objects.requireNonNull(ManagementBadInputTest.class.getResourceAsStream("/openapi/admin.json"))) {
            return new JsonObject(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    static List<Operation> operations() {
        List<Operation> operations = new ArrayList<>();
        JsonObject paths = DOCUMENT.getJsonObject("paths");
        for (String path : paths.fieldNames()) {
            for (String method : paths.getJsonObject(path).fieldNames()) {
                JsonObject operation = paths.getJsonObject(path).getJsonObject(method);
                JsonObject body = operation.getJsonObject("requestBody");
                if (METHODS.contains(method)
                        && body != null
                        && operation.getJsonArray("tags").stream().anyMatch(TAGS::contains)) {
                    JsonObject media = body.getJsonObject("content").getJsonObject("application/json");
                    operations.add(new Operation(
                            method.toUpperCase(Locale.ROOT),
                            path.substring("/api/1".length()),
                            media.getJsonObject("schema"),
                            media.getValue("example")));
                }
            }
        }
        assertThat(operations).hasSizeGreaterThan(25);
        return operations;
    }

    @ParameterizedTest
    @MethodSource("operations")
    void rejectsOrStoresEveryValueOfEveryField(Operation operation) {
        String path = path(operation.path());
        Object example = example(operation);
        List<Object> bodies = new ArrayList<>();
        mutate(operation.schema(), example, bodies::add);
        for (@Nullable Object value : VALUES) {
            bodies.add(Arrays.asList(value));
            bodies.add(value == null ? "null" : value);
        }
        for (Object body : bodies) {
            String id = "bad-" + NUMBER.incrementAndGet();
            String text = LoneSurrogates.escape(Json.write(withNewKey(body)));
            HttpResponse<String> answer = node.send(operation.method(), path, text, "X-Request-Id", id);

            assertThat(answer.statusCode())
                    .as("%s %s %s: %s", operation.method(), path, shortened(text), answer.body())
                    .isBetween(200, 499);
            if (answer.statusCode() == 200) {
                STORED.add(id);
                path = path(operation.path());
            }
        }
        for (String broken : List.of("{", "{\"a\":1,\"a\":2}", "\"", "[".repeat(200), "{} {}", "\u0000")) {
            assertThat(node.send(operation.method(), path, broken).statusCode())
                    .as(broken)
                    .isEqualTo(400);
        }
        assertNothingIsHalfDone();
    }

    /** Every audit entry belongs to a request that succeeded. */
    private static void assertNothingIsHalfDone() {
        node.ok("GET", "/audit", "", "Accept", "application/x-ndjson")
                .body()
                .lines()
                .map(line -> new JsonObject(line).getString("requestId"))
                .filter(id -> id.startsWith("bad-"))
                .forEach(id -> assertThat(STORED).contains(id));
    }

    @Test
    void rejectsIdsOfOtherProjects() {
        String experiment = node.create("/experiments", "{\"projectId\":\"1\",\"key\":\"" + newKey() + "\"}");

        Stream.of(
                        node.send(
                                "POST",
                                "/experiments/" + experiment + "/deployments",
                                "{\"deployments\":[\"" + otherDeployment + "\"]}"),
                        node.send("POST", "/holdouts", """
                                {"projectId":"1","name":"x","holdoutPercentage":5,"experiments":[%s]}""".formatted(otherExperiment)),
                        node.send("PATCH", "/experiments/" + experiment, """
                                {"parentDependencies":{"flags":{"%s":["control"]}}}""".formatted(otherExperiment)))
                .forEach(answer ->
                        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400));
        assertThat(node.send("POST", "/flags", "{\"projectId\":\"none\",\"key\":\"k\"}")
                        .statusCode())
                .isEqualTo(404);
    }

    @Test
    void rejectsACycleThroughAGroup() {
        String first = node.create("/experiments", "{\"projectId\":\"1\",\"key\":\"" + newKey() + "\"}");
        String second = node.create("/experiments", """
                {"projectId":"1","key":"%s","parentDependencies":{"flags":{"%s":["control"]}}}""".formatted(newKey(), first));
        String holdout = node.create("/holdouts", """
                {"projectId":"1","name":"x","holdoutPercentage":5,"experiments":[%s]}""".formatted(first));

        for (HttpResponse<String> answer : List.of(
                node.send("PATCH", "/experiments/" + first, """
                        {"parentDependencies":{"flags":{"%s":["control"]}}}""".formatted(second)),
                node.send("PATCH", "/experiments/" + first, """
                        {"parentDependencies":{"flags":{"%s":["control"]}}}""".formatted(first)))) {
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
            assertThat(answer.body()).contains("dependency_cycle");
        }
        assertThat(node.get("/holdouts/" + holdout).getJsonArray("experiments")).hasSize(1);
    }

    @Test
    void rejectsInvalidHeadersAndParameters() {
        for (String query : List.of(
                "limit=0",
                "limit=x",
                "limit=-1",
                "cursor=-1",
                "cursor=x",
                "limit=1&limit=2",
                "includeArchived=maybe",
                "key=%00",
                "key=" + "k".repeat(2_000),
                "key=%ff")) {
            assertThat(node.send("GET", "/flags?" + query, "").statusCode())
                    .as(query)
                    .isEqualTo(400);
        }
        for (String query : List.of("start=yesterday", "end=2026-13-01", "start=-999999999-01-01T00:00:00Z")) {
            assertThat(node.send("GET", "/versions?" + query, "").statusCode())
                    .as(query)
                    .isEqualTo(400);
            assertThat(node.send("GET", "/audit?" + query, "").statusCode())
                    .as(query)
                    .isEqualTo(400);
        }
        assertThat(node.send("GET", "/flags?projectId=none", "").statusCode()).isIn(200, 404);
        assertThat(node.send("POST", "/flags?dryRun=1", "{}").statusCode()).isEqualTo(400);
        assertThat(node.send("POST", "/flags", "{}", "X-Request-Id", "r".repeat(129))
                        .statusCode())
                .isEqualTo(400);
        assertThat(node.send("POST", "/flags", "{}", "X-Variate-Reason", "r".repeat(1_001))
                        .statusCode())
                .isEqualTo(400);
        assertThat(node.send("POST", "/flags", "x".repeat(300_000)).statusCode())
                .isEqualTo(413);
    }

    // Bodies

    private static String newKey() {
        return "bad-key-" + NUMBER.incrementAndGet();
    }

    /** A path with new resources, because the previous ones may have changed. */
    private static String path(String template) {
        if (!template.contains("{id}")) {
            return template;
        }
        String collection = template.substring(1, template.indexOf('/', 1));
        String body =
                switch (collection) {
                    case "mutexes" -> "{\"projectId\":\"1\",\"name\":\"m\",\"slots\":[{\"percentage\":100}]}";
                    case "holdouts" -> "{\"projectId\":\"1\",\"name\":\"h\",\"holdoutPercentage\":5}";
                    case "projects" -> "{\"id\":\"" + newKey() + "\"}";
                    case "deployments" -> "{\"projectId\":\"1\",\"type\":\"server\",\"label\":\"" + newKey() + "\"}";
                    default ->
                        "{\"projectId\":\"1\",\"variants\":[{\"key\":\"control\"},{\"key\":\"treatment\"}],\"key\":\""
                                + newKey() + "\"}";
                };
        return template.replace("{id}", node.create("/" + collection, body))
                .replace("{variant}", "treatment")
                .replace("{slot}", "1");
    }

    /** The example of the document with ids that exist. */
    private static Object example(Operation operation) {
        String text = Json.write(tree(operation.example()))
                .replace("\"14\"", "\"" + deployment + "\"")
                .replace("[31,32]", "[]")
                .replace("[31]", "[]")
                .replace("\"production\"", "\"other\"");
        return Objects.requireNonNull(Json.parse(text));
    }

    private static Object tree(Object example) {
        if (example instanceof JsonObject object) {
            return Objects.requireNonNull(Json.parse(object.encode()));
        }
        return example instanceof JsonArray array ? Objects.requireNonNull(Json.parse(array.encode())) : example;
    }

    /** Keys and ids must be unique, unless they are what the body tries. */
    private static Object withNewKey(Object body) {
        if (!(body instanceof Map<?, ?> members)) {
            return body;
        }
        Map<Object, @Nullable Object> copy = new LinkedHashMap<>(members);
        for (String name : List.of("key", "label", "id")) {
            if (copy.get(name) instanceof String key
                    && key.matches("[a-z0-9-]*[a-z]-[a-z-]+|checkout|staging|blue|shop")) {
                copy.put(name, newKey());
            }
        }
        return copy;
    }

    private interface Sink {
        void accept(Object body);
    }

    /** Passes variants of a value to the sink: with each member replaced by each value, and with an unknown member. */
    private static void mutate(JsonObject reference, @Nullable Object value, Sink sink) {
        JsonObject schema = resolved(reference);
        JsonObject properties = schema.getJsonObject("properties");
        if (properties != null) {
            Map<Object, @Nullable Object> members = new LinkedHashMap<>();
            if (value instanceof Map<?, ?> present) {
                members.putAll(present);
            }
            sink.accept(with(members, "unknown", 1L));
            sink.accept(with(members, "u".repeat(3_000), "\ud800"));
            for (String name : properties.fieldNames()) {
                for (@Nullable Object bad : VALUES) {
                    sink.accept(with(members, name, bad));
                }
                JsonObject property = properties.getJsonObject(name);
                if (isNew(property)) {
                    mutate(property, members.get(name), inner -> sink.accept(with(members, name, inner)));
                }
            }
        } else if (schema.getJsonObject("items") != null) {
            List<?> elements = value instanceof List<?> list ? list : List.of();
            Object first = elements.isEmpty() ? null : elements.get(0);
            for (@Nullable Object bad : VALUES) {
                sink.accept(Arrays.asList(bad));
            }
            mutate(schema.getJsonObject("items"), first, inner -> sink.accept(List.of(inner)));
        } else if (schema.getValue("additionalProperties") instanceof JsonObject member) {
            for (@Nullable Object bad : VALUES) {
                sink.accept(with(Map.of(), "1", bad));
                sink.accept(with(Map.of(), "control", bad));
            }
            mutate(member, null, inner -> sink.accept(with(Map.of(), "control", inner)));
        }
    }

    private static Map<Object, @Nullable Object> with(Map<?, ?> members, String name, @Nullable Object value) {
        Map<Object, @Nullable Object> copy = new LinkedHashMap<>(members);
        copy.put(name, value);
        return copy;
    }

    private static JsonObject resolved(JsonObject schema) {
        String reference = schema.getString("$ref");
        return reference == null
                ? schema
                : resolved(DOCUMENT.getJsonObject("components")
                        .getJsonObject("schemas")
                        .getJsonObject(reference.substring(reference.lastIndexOf('/') + 1)));
    }

    /** Components that several bodies share are varied once. */
    private static boolean isNew(JsonObject property) {
        return COVERED.add(property.encode());
    }

    private static String shortened(String text) {
        return text.length() <= 300 ? text : text.substring(0, 300) + "…";
    }
}
