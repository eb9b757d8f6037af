package io.variate.commandline.resources;

import io.variate.json.Json;
import io.variate.json.JsonException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A client of the management API, of Variate or of Amplitude. Blocks the calling thread; every request has a deadline. */
final class ManagementClient {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration TIMEOUT = Duration.ofMinutes(2);
    private static final int PAGE = 1_000;

    /** Concurrent requests for single resources. */
    private static final int CONCURRENT = 8;

    private static final int NOT_FOUND = 404;

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_TIMEOUT)
            .build();

    private final String base;
    private final @Nullable String token;

    /**
     * Connects on the first request.
     *
     * @param url of the server, with or without {@code /api/1}
     * @param token null to send none
     */
    ManagementClient(URI url, @Nullable String token) {
        String text = url.toString().replaceFirst("/+$", "");
        this.base = text.endsWith("/api/1") ? text : text + "/api/1";
        this.token = token;
    }

    /** A response with status 200. */
    record Answer(String body, @Nullable String entityTag) {}

    /** A response with another status; the message has the reason that the server gives. */
    static final class RefusedException extends IOException {
        private static final long serialVersionUID = 1;

        private final int status;

        RefusedException(int status, String message) {
            super(message);
            this.status = status;
        }

        int status() {
            return status;
        }
    }

    /** Reads all pages of a set. */
    List<Map<String, @Nullable Object>> list(String set) throws IOException {
        List<Map<String, @Nullable Object>> found = new ArrayList<>();
        String cursor = null;
        do {
            String page = "/" + set + "?limit=" + PAGE + (cursor == null ? "" : "&cursor=" + encoded(cursor));
            Map<String, @Nullable Object> answer = object(page, get(page).body());
            if (!(answer.get(set) instanceof List<?> elements)) {
                throw new IOException(base + page + ": the answer has no " + set);
            }
            for (Object element : elements) {
                found.add(object(page, element));
            }
            Object next = answer.get("nextCursor");
            cursor = next == null || elements.isEmpty() ? null : String.valueOf(next);
        } while (cursor != null);
        return found;
    }

    /** Reads single paths, several at once, in the order of the paths. */
    List<Answer> getAll(List<String> paths) throws IOException {
        List<Answer> answers = new ArrayList<>();
        for (int from = 0; from < paths.size(); from += CONCURRENT) {
            Map<String, CompletableFuture<HttpResponse<String>>> pending = new LinkedHashMap<>();
            for (String path : paths.subList(from, Math.min(paths.size(), from + CONCURRENT))) {
                pending.put(
                        path,
                        http.sendAsync(
                                request(path).GET().build(),
                                HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8)));
            }
            for (Map.Entry<String, CompletableFuture<HttpResponse<String>>> each : pending.entrySet()) {
                answers.add(accepted(each.getKey(), await(each.getKey(), each.getValue())));
            }
        }
        return answers;
    }

    Answer get(String path) throws IOException {
        return getAll(List.of(path)).get(0);
    }

    /** Reads an optional part of the API: null if the server does not have it. */
    @Nullable
    Answer getIfPresent(String path) throws IOException {
        try {
            return get(path);
        } catch (RefusedException e) {
            if (e.status() == NOT_FOUND) {
                return null;
            }
            throw e;
        }
    }

    Answer post(String path, Map<String, ?> body) throws IOException {
        return post(path, body, null);
    }

    /** @param reason for the audit; null for none */
    Answer post(String path, Map<String, ?> body, @Nullable String reason) throws IOException {
        HttpRequest.Builder request = request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(Json.write(body)));
        if (reason != null) {
            request.header("X-Variate-Reason", reason);
        }
        return accepted(
                path,
                await(
                        path,
                        http.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8))));
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(base + path)).timeout(TIMEOUT).header("Accept", "application/json");
        return token == null ? request : request.header("Authorization", "Bearer " + token);
    }

    private HttpResponse<String> await(String path, CompletableFuture<HttpResponse<String>> response)
            throws IOException {
        try {
            return response.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        } catch (ExecutionException e) {
            throw new IOException(base + path + ": " + e.getCause(), e);
        } catch (TimeoutException e) {
            throw new IOException(base + path + ": no answer within " + TIMEOUT.toSeconds() + " s", e);
        }
    }

    private Answer accepted(String path, HttpResponse<String> response) throws IOException {
        if (response.statusCode() == 200) {
            return new Answer(
                    response.body(), response.headers().firstValue("ETag").orElse(null));
        }
        throw new RefusedException(
                response.statusCode(), base + path + ": status " + response.statusCode() + reason(response.body()));
    }

    /** The error in a body, whose problems are on lines of their own. */
    private static String reason(String body) {
        try {
            if (Json.parse(body) instanceof Map<?, ?> tree && tree.get("error") instanceof Map<?, ?> error) {
                StringBuilder text = new StringBuilder(": " + error.get("code") + ": " + error.get("message"));
                if (error.get("path") != null) {
                    text.append(" (").append(error.get("path")).append(')');
                }
                if (error.get("problems") instanceof List<?> problems) {
                    problems.forEach(each -> {
                        if (each instanceof Map<?, ?> problem) {
                            text.append("\n  ")
                                    .append(problem.get("path"))
                                    .append(": ")
                                    .append(problem.get("message"));
                        }
                    });
                }
                return text.toString();
            }
        } catch (JsonException e) {
            // A proxy in between answers with something else.
            return "";
        }
        return "";
    }

    @SuppressWarnings("unchecked") // a tree of Json has no other maps
    static Map<String, @Nullable Object> object(String path, @Nullable Object tree) throws IOException {
        try {
            if ((tree instanceof String text ? Json.parseExact(text) : tree) instanceof Map<?, ?> object) {
                return (Map<String, @Nullable Object>) object;
            }
        } catch (JsonException e) {
            throw new IOException(path + ": the answer is not valid JSON: " + e.getMessage(), e);
        }
        throw new IOException(path + ": the answer is not a JSON object");
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
