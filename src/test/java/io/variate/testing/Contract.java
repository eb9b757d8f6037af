package io.variate.testing;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.json.pointer.JsonPointer;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputFormat;
import io.vertx.json.schema.OutputUnit;
import io.vertx.json.schema.SchemaRepository;
import io.vertx.json.schema.Validator;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Validates responses against an OpenAPI document: a response that the document does not describe, or describes differently,
 * fails the test. Thread-safe.
 *
 * <p>The reusable responses of the document apply to every path: {@code NotFound} for paths that it does not list,
 * {@code MethodNotAllowed} for methods that a path does not support, {@code Preflight}, and the responses to unreadable
 * requests.
 */
public final class Contract {
    /** The OpenAPI document of the public port. */
    public static final Contract PUBLIC = new Contract("/openapi/public.json");

    /** The OpenAPI document of the admin port. */
    public static final Contract ADMIN = new Contract("/openapi/admin.json");

    /** The published OpenAPI document of the OpenFeature remote evaluation protocol. */
    public static final Contract OFREP = new Contract("/ofrep/openapi-0.3.0.json");

    private static final String URN = "urn:variate:description";
    private static final Pattern ESCAPE = Pattern.compile("%([0-9a-fA-F]{2})");
    private static final int MOST_SHOWN = 600;

    private final String name;
    private final JsonObject document;
    private final SchemaRepository schemas;
    private final List<PathItem> paths = new ArrayList<>();

    /** Validators by identity of the schema's map: the document creates new objects for a schema, but not new maps. */
    private final Map<Map<String, Object>, Validator> validators = Collections.synchronizedMap(new IdentityHashMap<>());

    /** A path of the document, whose methods are {@code operations}. */
    private record PathItem(String template, Pattern pattern, JsonObject operations) {
        static PathItem of(String template, JsonObject operations) {
            boolean takesSlashes = operations.encode().contains("\"x-takes-slashes\":true");
            String pattern = template.replace(".", "\\.").replaceAll("\\{[^}]+}", "[^/]+");
            return new PathItem(template, Pattern.compile(takesSlashes ? pattern + "(/.*)?" : pattern), operations);
        }
    }

    private Contract(String resource) {
        name = resource.substring(1);
        document = new JsonObject(read(resource));
        schemas = SchemaRepository.create(new JsonSchemaOptions()
                .setBaseUri(URN)
                .setDraft(Draft.DRAFT202012)
                .setOutputFormat(OutputFormat.Basic));
        // Resolves the references of every schema.
        schemas.dereference(URN, JsonSchema.of(document));
        JsonObject items = document.getJsonObject("paths");
        names(items).forEach(template -> paths.add(PathItem.of(template, items.getJsonObject(template))));
        // Of two matching templates, the one with fewer parameters applies.
        paths.sort(Comparator.comparing(path -> path.template().contains("{")));
    }

    /**
     * Validates a response of the public port against its document, and evaluations also against that of OpenFeature.
     *
     * @throws AssertionError if the response violates either document
     * @see #check
     */
    public static void checkPublic(
            String method, String target, int status, Map<String, List<String>> headers, String body) {
        PUBLIC.check(method, target, status, headers, body);
        if (OFREP.describes(method, target, status, body)) {
            OFREP.check(method, target, status, headers, body);
        }
    }

    /**
     * Validates a response against the document.
     *
     * @param target path and query as sent
     * @param headers by name, case-insensitive
     * @throws AssertionError if the response violates the document
     */
    public void check(String method, String target, int status, Map<String, List<String>> headers, String body) {
        String answer = "%s %s answered %d %s".formatted(method, shown(target), status, shown(body));
        try {
            JsonObject promise = promise(method, target, status, body);
            checkHeaders(promise.getJsonObject("headers", new JsonObject()), headers);
            if (!method.equals("HEAD") && first(headers, "content-encoding") == null) {
                checkBody(promise.getJsonObject("content"), first(headers, "content-type"), body);
            }
        } catch (Breach e) {
            throw new AssertionError(answer + "\nbut by " + name + " " + e.getMessage(), e);
        }
    }

    /** Whether the document lists the path. */
    public boolean lists(String target) {
        return find(target) != null;
    }

    /** Whether the document describes this operation and status, and not only the general responses. */
    public boolean describes(String method, String target, int status, String body) {
        PathItem path = find(target);
        JsonObject operation = path == null || isGeneral(body) ? null : operation(path, method);
        return operation != null && operation.getJsonObject("responses").containsKey(String.valueOf(status));
    }

    /** One request per operation, such as {@code GET /v1/vardata}, with the examples of path parameters. */
    public List<String> exampleRequests() {
        List<String> requests = new ArrayList<>();
        for (PathItem path : paths) {
            for (String method : names(path.operations())) {
                String target = path.template();
                for (Object parameter :
                        path.operations().getJsonObject(method).getJsonArray("parameters", new JsonArray())) {
                    JsonObject declared = resolved((JsonObject) parameter);
                    target = target.replace("{" + declared.getString("name") + "}", declared.getString("example", ""));
                }
                requests.add(method.toUpperCase(Locale.ROOT) + " " + target);
            }
        }
        return requests;
    }

    private JsonObject promise(String method, String target, int status, String body) {
        PathItem path = find(target);
        JsonObject operation = path == null ? null : operation(path, method);
        Object own =
                operation == null ? null : operation.getJsonObject("responses").getValue(String.valueOf(status));
        // Unreadable requests are rejected in the same form on all paths, before routing.
        if (own instanceof JsonObject response && !isGeneral(body)) {
            return resolved(response);
        }
        String general = method.equals("OPTIONS") && status == 204 ? "Preflight" : general(path, operation, status);
        if ("BadRequest".equals(general) && path != null && isEvaluation(path) && !isGeneral(body)) {
            general = "EvaluationBadRequest";
        }
        if (general == null) {
            throw new Breach(
                    operation == null
                            ? "no such operation is known"
                            : "the statuses are " + names(operation.getJsonObject("responses")));
        }
        return document.getJsonObject("components").getJsonObject("responses").getJsonObject(general);
    }

    private static boolean isGeneral(String body) {
        return body.startsWith("{\"error\":{\"code\":\"bad_request\"");
    }

    /** Methods are case-sensitive. */
    private static @Nullable JsonObject operation(PathItem path, String method) {
        // HEAD has the responses of GET.
        String name =
                method.equals("HEAD") && path.operations().containsKey("get") ? "get" : method.toLowerCase(Locale.ROOT);
        return method.equals(name) ? null : path.operations().getJsonObject(name);
    }

    private static @Nullable String general(@Nullable PathItem path, @Nullable JsonObject operation, int status) {
        return switch (status) {
            case 400 -> "BadRequest";
            case 401 -> operation == null ? "Unauthorized" : null;
            case 404 -> path == null ? "NotFound" : null;
            case 405 -> path != null && operation == null ? methodNotAllowed(path) : null;
            case 414 -> "UrlTooLong";
            case 417 -> "ExpectationFailed";
            case 431 -> "HeadersTooLarge";
            default -> null;
        };
    }

    private static String methodNotAllowed(PathItem path) {
        return isEvaluation(path) ? "EvaluationMethodNotAllowed" : "MethodNotAllowed";
    }

    private static boolean isEvaluation(PathItem path) {
        return path.template().startsWith("/ofrep/");
    }

    private @Nullable PathItem find(String target) {
        String path = normalized(target);
        return paths.stream()
                .filter(candidate -> candidate.pattern().matcher(path).matches())
                .findFirst()
                .orElse(null);
    }

    /** The normalized path, as servers read it; the original if it cannot be normalized. */
    private static String normalized(String target) {
        String path =
                target.replaceFirst("(?s)\\?.*", "").replaceFirst("^/+", "/").replace("#", "%23");
        path = ESCAPE.matcher(path).replaceAll(Contract::unescaped);
        try {
            String normal = URI.create(path).normalize().getRawPath();
            return normal == null
                    ? path
                    : normal.replaceFirst("^(/\\.\\.)+", "").replaceFirst("(?<=.)/$", "");
        } catch (IllegalArgumentException e) {
            return path;
        }
    }

    /** Decodes percent-encoded unreserved characters (RFC 3986, 6.2.2.2). */
    private static String unescaped(MatchResult escape) {
        String character = Character.toString(Integer.parseInt(escape.group(1), 16));
        return character.matches("[A-Za-z0-9._~-]") ? character : escape.group();
    }

    private void checkHeaders(JsonObject promised, Map<String, List<String>> headers) {
        for (String header : names(promised)) {
            JsonObject promise = resolved(promised.getJsonObject(header));
            String value = first(headers, header);
            if (value == null && promise.getBoolean("required", false)) {
                throw new Breach("the header " + header + " is missing");
            }
            if (value != null) {
                JsonObject schema = promise.getJsonObject("schema");
                checkAgainst(schema, schema.containsKey("type") ? typed(schema, value) : value, "header " + header);
            }
        }
    }

    private static Object typed(JsonObject schema, String value) {
        return schema.getValue("type").equals("integer") && value.matches("[0-9]{1,18}") ? Long.valueOf(value) : value;
    }

    private void checkBody(@Nullable JsonObject content, @Nullable String contentType, String body) {
        if (content == null) {
            if (!body.isEmpty()) {
                throw new Breach("there is no body");
            }
            return;
        }
        String mediaType = contentType == null ? "none" : contentType.replaceFirst("\\s*;.*", "");
        JsonObject media = content.getJsonObject(mediaType);
        if (media == null) {
            throw new Breach("the media type is one of " + names(content) + ", not " + mediaType);
        }
        JsonObject schema = media.getJsonObject("schema");
        if (mediaType.equals("application/x-ndjson")) {
            checkAgainst(schema, body, "stream");
            body.lines().forEach(line -> checkAgainst(media.getJsonObject("x-line-data"), decoded(line), "line"));
        } else if (mediaType.equals("text/event-stream")) {
            checkAgainst(schema, body, "stream");
            if (media.containsKey("x-event-data")) {
                checkEvents(media.getJsonObject("x-event-data"), body);
            }
        } else if (mediaType.equals("text/plain")) {
            checkAgainst(schema, body, "body");
        } else {
            checkAgainst(schema, decoded(body), "body");
        }
    }

    /** Accepts a single space as a keep-alive. */
    private void checkEvents(JsonObject schema, String stream) {
        for (String event : stream.split("\n\n", -1)) {
            String data = event.replaceFirst("^data: ", "");
            if (!data.isBlank()) {
                checkAgainst(schema, decoded(data), "event");
            }
        }
    }

    private static @Nullable Object decoded(String body) {
        try {
            return Json.decodeValue(body);
        } catch (DecodeException e) {
            throw new Breach("the body is JSON: " + e.getMessage());
        }
    }

    private void checkAgainst(JsonObject schema, @Nullable Object value, String what) {
        OutputUnit result = validators
                .computeIfAbsent(schema.getMap(), key -> schemas.validator(JsonSchema.of(schema)))
                .validate(value);
        if (!Boolean.TRUE.equals(result.getValid())) {
            StringBuilder problems = new StringBuilder("the ").append(what).append(" does not match its schema:");
            result.getErrors().forEach(error -> problems.append("\n  ")
                    .append(error.getInstanceLocation())
                    .append(": ")
                    .append(error.getError())
                    .append("  [")
                    .append(error.getAbsoluteKeywordLocation().replace(URN, ""))
                    .append(']'));
            throw new Breach(problems.toString());
        }
    }

    /** A copy without the annotations of the schema repository. */
    private static List<String> names(JsonObject object) {
        return object.fieldNames().stream()
                .filter(name -> !name.startsWith("__absolute_"))
                .toList();
    }

    private JsonObject resolved(JsonObject object) {
        String reference = object.getString("$ref");
        return reference == null
                ? object
                : resolved((JsonObject) JsonPointer.from(reference.substring(1)).queryJson(document));
    }

    private static @Nullable String first(Map<String, List<String>> headers, String name) {
        return headers.entrySet().stream()
                .filter(header -> header.getKey().equalsIgnoreCase(name))
                .flatMap(header -> header.getValue().stream())
                .findFirst()
                .orElse(null);
    }

    private static String shown(String text) {
        return text.length() <= MOST_SHOWN ? text : text.substring(0, MOST_SHOWN) + "…";
    }

    private static String read(String resource) {
        try (InputStream in = Objects.requireNonNull(Contract.class.getResourceAsStream(resource), resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A violation of the document. */
    private static final class Breach extends RuntimeException {
        private static final long serialVersionUID = 1;

        Breach(String message) {
            super(message);
        }
    }
}
