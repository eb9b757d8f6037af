package io.variate.it.attack;

import io.variate.it.attack.FuzzedRequest.Shape;
import io.variate.it.harness.JarNode;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Requests to all routes of both ports, most of them with a valid key and one or two defects, so that they pass most checks.
 * The routes of the public port come from its OpenAPI document. The same seed makes the same requests. Not thread-safe.
 */
final class FuzzGrammar {
    static final String SERVER_KEY = "server-demo-key";
    static final String CLIENT_KEY = "client-demo-key";
    static final String PROJECT_KEY = "project-fuzz-key";
    static final String PROJECT_SECRET = "project-fuzz-secret";

    private static final List<Route> PUBLIC = described();
    private static final List<Route> ADMIN = List.of(
            Route.of("GET", "/health/live"),
            Route.of("GET", "/health/ready"),
            Route.of("GET", "/metrics"),
            Route.of("GET", "/api/1/ledger"),
            Route.of("GET", "/api/1/deployments"),
            Route.of("GET", "/api/1/ruleset"),
            Route.of("PUT", "/api/1/ruleset"),
            Route.of("GET", "/api/1/cohorts"),
            Route.of("PUT", "/api/1/cohorts/{cohortId}"),
            Route.of("PUT", "/api/1/cohorts/{cohortId}"),
            Route.of("DELETE", "/api/1/cohorts/{cohortId}"));

    private static final List<String> FLAGS =
            List.of("checkout-redesign", "dark-mode", "delivery-offer", "unknown", "", "a b", "é", "%", "\0");
    private static final List<String> ODD_ESCAPES = List.of(
            "%", "%2", "%zz", "%2g", "%00", "%ff", "%c0%af", "%ed%a0%80", "%2f", "%2F", "%25", "%E2%82", "+", "%u0041");
    private static final List<String> METHODS = List.of(
            "GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "get", "GETT", "PRI", "A".repeat(300));

    private final Random random;
    private final JsonGrammar json;
    private final String ruleset;

    FuzzGrammar(long seed, String ruleset) {
        this.random = new Random(seed);
        this.json = new JsonGrammar(random);
        this.ruleset = ruleset;
    }

    private record Parameter(String name, String in) {}

    private record Route(String method, String path, boolean takesBody, List<Parameter> parameters) {
        static Route of(String method, String path) {
            return new Route(method, path, method.equals("PUT"), List.of());
        }
    }

    private static List<Route> described() {
        JsonObject document = new JsonObject(read("/openapi/public.json"));
        JsonObject shared = document.getJsonObject("components").getJsonObject("parameters");
        List<Route> routes = new ArrayList<>(
                List.of(Route.of("GET", "/"), Route.of("GET", "/page/app.js"), Route.of("GET", "/nothing/{key}")));
        JsonObject paths = document.getJsonObject("paths");
        for (String path : paths.fieldNames()) {
            JsonObject methods = paths.getJsonObject(path);
            for (String method : methods.fieldNames()) {
                JsonObject operation = methods.getJsonObject(method);
                List<Parameter> parameters = operation.getJsonArray("parameters", new JsonArray()).stream()
                        .map(JsonObject.class::cast)
                        .map(one -> one.containsKey("$ref")
                                ? shared.getJsonObject(one.getString("$ref").replaceAll(".*/", ""))
                                : one)
                        .map(one -> new Parameter(one.getString("name"), one.getString("in")))
                        .toList();
                routes.add(new Route(
                        method.toUpperCase(Locale.ROOT), path, operation.containsKey("requestBody"), parameters));
            }
        }
        return routes;
    }

    private static String read(String resource) {
        try (InputStream in = Objects.requireNonNull(FuzzGrammar.class.getResourceAsStream(resource))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean oneIn(int some) {
        return random.nextInt(some) == 0;
    }

    int upTo(int most) {
        return 1 + random.nextInt(most);
    }

    /** Random bytes. */
    byte[] noise(int most) {
        byte[] noise = new byte[random.nextInt(most)];
        random.nextBytes(noise);
        return noise;
    }

    int number(int below) {
        return random.nextInt(below);
    }

    FuzzedRequest next(boolean admin) {
        List<Route> routes = admin ? ADMIN : PUBLIC;
        Route route = routes.get(random.nextInt(routes.size()));
        if (route.path().equals("/api/1/ruleset") && route.takesBody() && !oneIn(40)) {
            // The node compiles and stores each accepted ruleset.
            route = Route.of("GET", route.path());
        }
        Shape shape = Shape.WELL_FORMED;
        String method = route.method();
        if (oneIn(25)) {
            method = json.any(METHODS);
        }
        String target = target(route);
        if (target.chars().anyMatch(c -> c <= ' ' || c >= 127) || method.equals("PRI")) {
            shape = Shape.ODD;
        }
        List<String> headers = headers(route, admin);
        byte[] body = route.takesBody() || oneIn(50) ? body(route, headers) : new byte[0];
        String version = "HTTP/1.1";
        if (oneIn(40)) {
            version = json.any(List.of(
                    "HTTP/1.0",
                    "HTTP/1.2",
                    "HTTP/2.0",
                    "HTTP/0.9",
                    "HTTP/1",
                    "http/1.1",
                    "",
                    "HTTP/1.1 x",
                    "ICAP/1.0"));
            shape = version.equals("HTTP/1.0") && shape == Shape.WELL_FORMED ? Shape.ODD : Shape.BROKEN;
        }
        if (oneIn(12)) {
            headers.addAll(oddHeaders());
            shape = shape == Shape.BROKEN ? shape : Shape.ODD;
        }
        if (oneIn(60)) {
            headers.add(json.any(List.of(
                    "Connection: close",
                    "Connection: keep-alive",
                    "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c",
                    "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
                    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13",
                    "Expect: 100-continue",
                    "Expect: something",
                    "Upgrade: h2c")));
            shape = shape == Shape.BROKEN ? shape : Shape.ODD;
        }
        ByteArrayOutputStream framed = new ByteArrayOutputStream();
        StringBuilder head = new StringBuilder(method).append(' ').append(target);
        head.append(version.isEmpty() ? "" : " ").append(version).append("\r\n");
        headers.forEach(header -> head.append(header).append("\r\n"));
        boolean noMethodForBodies = !method.equals(route.method());
        if (body.length > 0 || route.takesBody()) {
            switch (random.nextInt(30)) {
                case 0, 1, 2 -> {
                    head.append("Transfer-Encoding: chunked\r\n\r\n");
                    framed.writeBytes(FuzzedRequest.bytes(head.toString()));
                    shape = chunk(body, framed) || shape == Shape.BROKEN ? Shape.BROKEN : shape;
                }
                case 3 -> {
                    shape = Shape.BROKEN;
                    head.append(oddFraming(body.length)).append("\r\n\r\n");
                    framed.writeBytes(FuzzedRequest.bytes(head.toString()));
                    framed.writeBytes(body);
                }
                default -> {
                    head.append("Content-Length: ").append(body.length).append("\r\n\r\n");
                    framed.writeBytes(FuzzedRequest.bytes(head.toString()));
                    framed.writeBytes(body);
                }
            }
        } else {
            framed.writeBytes(FuzzedRequest.bytes(head.append("\r\n").toString()));
        }
        byte[] bytes = framed.toByteArray();
        if (oneIn(150)) {
            bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
            shape = Shape.BROKEN;
        } else if (oneIn(150)) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            shape = Shape.BROKEN;
        }
        if (noMethodForBodies && body.length > 0 && shape == Shape.WELL_FORMED) {
            // A response before the body is read may end the connection.
            shape = Shape.ODD;
        }
        return new FuzzedRequest(
                route.method() + " " + route.path(),
                shape,
                admin,
                method,
                target,
                headers,
                Buffer.buffer(body),
                Buffer.buffer(bytes));
    }

    private String target(Route route) {
        String path = route.path()
                .replace("{cohortId}", oneIn(20) ? segment() : "cohort-" + random.nextInt(5))
                .replace("{groupType}", json.any(List.of("User", "org", segment())))
                .replace("{groupName}", segment())
                .replace("{key}", segment());
        if (oneIn(10)) {
            path = mutatedPath(path);
        }
        List<String> query = new ArrayList<>();
        for (Parameter parameter : route.parameters()) {
            if (parameter.in().equals("query") && oneIn(2)) {
                String name = oneIn(30) ? parameter.name() + json.any(ODD_ESCAPES) : parameter.name();
                query.add(oneIn(40) ? name : name + "=" + queryValue(parameter.name()));
                if (oneIn(20)) {
                    query.add(parameter.name() + "=" + queryValue(parameter.name()));
                }
            }
        }
        if (oneIn(30)) {
            query.add(json.any(
                    List.of("", "&", "=", "a", "=b", "a=b=c", "x".repeat(3000), ";", "%00=%00", "groupType=org")));
        }
        String text = query.isEmpty() ? path : path + "?" + String.join("&", query);
        return oneIn(200)
                ? json.any(List.of(
                        "*",
                        "",
                        "http://it" + text,
                        "//" + text,
                        text + "#f",
                        "it:80",
                        "?" + text,
                        text + "é",
                        text + "\u0001"))
                : text;
    }

    private String segment() {
        return switch (random.nextInt(8)) {
            case 0 -> json.any(ODD_ESCAPES);
            case 1 -> "a" + json.any(ODD_ESCAPES) + "b";
            case 2 -> "x".repeat(random.nextInt(3000));
            case 3 -> "a/b//c";
            default -> encode(json.any(FLAGS));
        };
    }

    private String mutatedPath(String path) {
        int at = random.nextInt(path.length());
        return switch (random.nextInt(9)) {
            case 0 -> path.substring(0, at) + String.format("%%%02x", (int) path.charAt(at)) + path.substring(at + 1);
            case 1 -> path.substring(0, at) + json.any(ODD_ESCAPES) + path.substring(at);
            case 2 -> path.replaceFirst("/", "//");
            case 3 -> path + "/";
            case 4 -> path + json.any(List.of("/..", "/.", "/../x", ";a=b", "/%2e%2e", "\\"));
            case 5 -> "/." + path;
            case 6 -> path.toUpperCase(Locale.ROOT);
            case 7 -> path.substring(0, at);
            default -> path.substring(0, at) + (char) random.nextInt(256) + path.substring(at);
        };
    }

    private String queryValue(String name) {
        if (oneIn(12)) {
            return json.any(ODD_ESCAPES);
        }
        return switch (name) {
            case "context" -> encode(new String(json.spoilt(json.user()), StandardCharsets.ISO_8859_1));
            case "flag_keys", "flag_key" -> encode(json.any(FLAGS) + "," + json.any(FLAGS));
            case "eval_mode" -> json.any(List.of("local", "remote", "x", ""));
            case "delivery_method" -> json.any(List.of("feature", "web", "x", ""));
            case "maxCohortSize", "lastModified", "since", "flagConfigEtag" ->
                json.any(List.of("0", "1", "-1", "99999999999999999999", "x", "", "1e3", "%31"));
            default -> encode(json.any(List.of("user-1", "", "é", "\uD83D\uDE00", "a b", "\0", "x".repeat(2000))));
        };
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private List<String> headers(Route route, boolean admin) {
        List<String> headers = new ArrayList<>();
        headers.add(admin ? "Host: 127.0.0.1" : "Host: it");
        headers.add(authorization(route, admin));
        for (Parameter parameter : route.parameters()) {
            if (parameter.in().equals("header") && oneIn(4)) {
                headers.add(parameter.name() + ": " + headerValue(parameter.name()));
                if (oneIn(20)) {
                    headers.add(parameter.name() + ": " + headerValue(parameter.name()));
                }
            }
        }
        if (oneIn(5)) {
            headers.add("Accept-Encoding: " + acceptEncoding());
        }
        if (oneIn(10)) {
            headers.add(json.any(List.of("If-None-Match", "If-Match", "If-Modified-Since", "Range")) + ": " + tags());
        }
        if (oneIn(10)) {
            headers.add("Origin: " + json.any(List.of("null", "http://a", "*", "", "é")));
            headers.add("Access-Control-Request-Method: " + json.any(METHODS));
        }
        if (oneIn(10)) {
            headers.add("Content-Type: "
                    + json.any(List.of(
                            "application/json",
                            "application/x-www-form-urlencoded",
                            "multipart/form-data; boundary=x",
                            "text/plain; charset=utf-16",
                            "",
                            ";;;",
                            "é")));
        }
        headers.removeIf(String::isEmpty);
        return headers;
    }

    private String authorization(Route route, boolean admin) {
        if (oneIn(15)) {
            return json.any(List.of(
                    "",
                    "Authorization:",
                    "Authorization: Api-Key",
                    "Authorization: Api-Key nobody",
                    "Authorization: api-key  " + SERVER_KEY,
                    "Authorization: Api-Key " + SERVER_KEY + "\r\nAuthorization: Api-Key " + CLIENT_KEY,
                    "Authorization: Bearer é",
                    "Authorization: Basic %%%",
                    "Authorization: Basic " + base64("no colon"),
                    "Authorization: Basic " + base64("\0:\uD83D\uDE00"),
                    "Authorization: Digest x=y",
                    "X-API-Key: " + SERVER_KEY));
        }
        if (admin) {
            return "Authorization: Bearer " + JarNode.TOKEN;
        }
        if (route.path().startsWith("/sdk/v1/cohort")) {
            return "Authorization: Basic " + base64(PROJECT_KEY + ":" + PROJECT_SECRET);
        }
        String scheme = route.path().startsWith("/ofrep") && oneIn(2) ? "Bearer" : "Api-Key";
        return "Authorization: " + scheme + " " + (oneIn(5) ? CLIENT_KEY : SERVER_KEY);
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private String headerValue(String name) {
        return switch (name) {
            case "X-Amp-Exp-User" -> base64Value(json.spoilt(json.user()));
            case "X-Amp-Exp-Flag-Keys" ->
                base64Value(json.spoilt("[\"" + json.any(FLAGS).replace("\0", "\\u0000") + "\",\"dark-mode\"]"));
            case "X-Amp-Exp-Track", "X-Amp-Exp-Exposure-Track" ->
                json.any(List.of("track", "no-track", "read-only", "", "x", "é"));
            case "X-Variate-Min-Revision" ->
                json.any(List.of("0", "1", "1", "1", "-1", "x", "", "999999", "9223372036854775808", "1.0", "٣"));
            case "Content-Encoding" -> json.any(List.of("gzip", "identity", "br", "gzip, gzip", "", "GZIP", "x"));
            case "If-None-Match" -> tags();
            case "Last-Event-ID" -> json.any(List.of("1", "0", "-1", "x", "99999999999999999999"));
            default -> "x";
        };
    }

    private String base64Value(byte[] bytes) {
        String text = (oneIn(2) ? Base64.getEncoder() : Base64.getUrlEncoder().withoutPadding()).encodeToString(bytes);
        return switch (random.nextInt(15)) {
            case 0 -> text + "=";
            case 1 -> text + "!";
            case 2 -> text.substring(0, random.nextInt(text.length() + 1));
            case 3 -> " " + text.replaceAll("(.{5})", "$1 ");
            default -> text;
        };
    }

    private String tags() {
        return switch (random.nextInt(8)) {
            case 0 -> "*";
            case 1 -> "\"1\"";
            case 2 -> "W/\"1-" + Integer.toHexString(random.nextInt()) + "\"";
            case 3 -> "\"unclosed";
            case 4 -> "\"a\",".repeat(upTo(500));
            case 5 -> ",,, ,\"\"";
            case 6 -> "1";
            default -> "W/".repeat(upTo(50));
        };
    }

    private String acceptEncoding() {
        return switch (random.nextInt(8)) {
            case 0 -> "gzip";
            case 1 -> "gzip;q=0, *;q=0";
            case 2 -> "identity;q=0";
            case 3 -> "gzip;q=1.0000, br;q=x, ;;;";
            case 4 -> "a;q=0.".repeat(upTo(1000));
            case 5 -> ",".repeat(upTo(5000));
            case 6 -> " ".repeat(upTo(5000)) + "gzip";
            default -> "*;q=0.001";
        };
    }

    private List<String> oddHeaders() {
        return switch (random.nextInt(14)) {
            case 0 -> List.of("X-Long: " + "x".repeat(random.nextInt(20_000)));
            case 1 -> List.of("X-Bytes: \u0080\u00ff");
            case 2 -> List.of("X-Nul: a\0b");
            case 3 -> List.of(": nameless");
            case 4 -> List.of("no colon");
            case 5 -> List.of("X-Folded: a\r\n b");
            case 6 -> List.of("X-Space : a");
            case 7 -> List.of("X-\u00e9: a");
            case 8 -> List.of("Host: other");
            case 9 -> List.of("X-Return: a\rb");
            case 10 -> List.of("X-Line: a\nX-Other: b");
            case 11 -> List.of("X-" + "n".repeat(random.nextInt(9000)) + ": a");
            case 12 ->
                IntStream.range(0, upTo(300)).mapToObj(i -> "X-" + i + ": " + i).collect(Collectors.toList());
            default -> List.of("X-Control: \u0001\u0007\u001b[31m\u007f");
        };
    }

    private byte[] body(Route route, List<String> headers) {
        if (route.path().equals("/api/1/ruleset")) {
            return json.spoilt(json.ruleset(ruleset));
        }
        byte[] body = json.spoilt(oneIn(60) ? "" : json.body(route.path()));
        if (headers.stream().anyMatch(header -> header.equalsIgnoreCase("Content-Encoding: gzip")) && !oneIn(10)) {
            byte[] packed = Payloads.gzip(body, Math.max(1, body.length / upTo(3)));
            if (oneIn(6)) {
                packed = Arrays.copyOf(packed, random.nextInt(packed.length + 1));
            } else if (oneIn(6) && packed.length > 0) {
                packed[random.nextInt(packed.length)]++;
            }
            return packed;
        }
        return body;
    }

    /** Writes a body in chunks; returns whether the chunks are malformed. */
    private boolean chunk(byte[] body, ByteArrayOutputStream out) {
        int fault = random.nextInt(24);
        for (int sent = 0; sent < body.length; ) {
            int length = Math.min(body.length - sent, upTo(1 + body.length / upTo(8)));
            String size = Integer.toHexString(length);
            size = switch (fault) {
                case 0 -> size + ";name=value";
                case 1 -> "000" + size;
                case 2 -> size + " ";
                case 3 -> "-" + size;
                case 4 -> "0x" + size;
                case 5 -> size + "g";
                case 6 -> "ffffffffffffffff" + size;
                case 7 -> size + ";\"quoted\0\"";
                default -> size;
            };
            out.writeBytes(FuzzedRequest.bytes(size + (fault == 8 ? "\n" : "\r\n")));
            out.write(body, sent, length);
            out.writeBytes(FuzzedRequest.bytes(fault == 9 ? "xx" : "\r\n"));
            sent += length;
        }
        out.writeBytes(FuzzedRequest.bytes(
                fault == 10
                        ? "0\r\nX-Trailer: a\r\n\r\n"
                        : fault == 11 ? "0\r\nno colon\r\n\r\n" : fault == 12 ? "" : "0\r\n\r\n"));
        return fault <= 12 && fault != 0 && fault != 10;
    }

    private String oddFraming(int length) {
        return switch (random.nextInt(9)) {
            case 0 -> "Content-Length: " + (length + upTo(10));
            case 1 -> "Content-Length: " + Math.max(0, length - upTo(10));
            case 2 -> "Content-Length: -1";
            case 3 -> "Content-Length: 99999999999999999999";
            case 4 -> "Content-Length: " + length + "\r\nContent-Length: " + (length + 1);
            case 5 -> "Content-Length: " + length + "\r\nTransfer-Encoding: chunked";
            case 6 -> "Transfer-Encoding: chunked, gzip";
            case 7 -> "Transfer-Encoding: x";
            default -> "Content-Length: 1000000000";
        };
    }
}
