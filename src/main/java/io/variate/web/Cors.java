package io.variate.web;

import io.variate.web.decoding.HeaderText;
import io.variate.web.decoding.RequestTargets;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Lets pages of other origins read responses, including errors. A browser reports a response without these headers as a
 * network failure, which SDKs retry.
 *
 * <p>A request from an origin that is not allowed gets the same response as any other; the browser withholds it from the
 * page. Credentials are the keys that a page knows, never the browser's own. Source: the Fetch standard.
 */
public final class Cors {
    private static final String ANY = "*";

    /** The API of the public port. */
    public static final Surface PUBLIC = new Surface(
            List.of("GET", "POST"),
            List.of(
                    "Authorization",
                    "X-API-Key",
                    "Content-Type",
                    "X-Amp-Exp-User",
                    "X-Amp-Exp-Flag-Keys",
                    "X-Amp-Exp-Track",
                    "X-Amp-Exp-Exposure-Track",
                    "X-Amp-Exp-Library",
                    "If-None-Match",
                    "X-Variate-Min-Revision"),
            List.of("ETag", "X-Variate-Revision", "Retry-After"));

    /** The API of the admin port. */
    public static final Surface ADMIN = new Surface(
            List.of("GET", "POST", "PUT", "PATCH", "DELETE"),
            List.of(
                    "Authorization",
                    "Content-Type",
                    "If-Match",
                    "If-None-Match",
                    "Idempotency-Key",
                    "X-Request-Id",
                    "X-Variate-Reason"),
            List.of("ETag", "Location", "Retry-After", "X-Request-Id", "X-Variate-Revision", "X-Variate-Warning"));

    /** More than any page sends; a preflight for more headers gets the first ones. */
    private static final int MOST_HEADERS = 100;

    private static final CharSequence ORIGIN = HttpHeaders.createOptimized("Origin");
    private static final CharSequence ANY_ORIGIN = HttpHeaders.createOptimized(ANY);
    private static final CharSequence DAY_SECONDS = HttpHeaders.createOptimized("86400");

    /**
     * The methods and headers of an API.
     *
     * @param methods besides {@code HEAD} and {@code OPTIONS}
     * @param requestHeaders headers that requests may have
     * @param exposedHeaders headers of responses that pages may read
     */
    public record Surface(List<String> methods, List<String> requestHeaders, List<String> exposedHeaders) {}

    private final Set<String> origins;
    private final boolean any;
    private final List<String> ownHeaders;
    private final CharSequence methods;
    private final CharSequence allowedMethods;
    private final CharSequence exposedHeaders;
    private final Set<String> headers = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    private final boolean anyHeader;

    /**
     * Allows origins.
     *
     * @param origins as browsers write them, or {@code *} for any
     * @param headers allowed in addition to those of the API, or {@code *} for any
     * @param surface of the API
     */
    public Cors(List<String> origins, List<String> headers, Surface surface) {
        this.ownHeaders = surface.requestHeaders();
        this.exposedHeaders = HttpHeaders.createOptimized(String.join(", ", surface.exposedHeaders()));
        this.allowedMethods = HttpHeaders.createOptimized(String.join(", ", surface.methods()) + ", OPTIONS");
        this.methods = HttpHeaders.createOptimized(allowedMethods.toString().replaceFirst("GET, ", "GET, HEAD, "));
        this.origins = Set.copyOf(origins);
        this.any = origins.contains(ANY);
        this.headers.addAll(headers);
        this.anyHeader = headers.contains(ANY);
    }

    /** Adds the headers for the origin of a request. If all origins are allowed, always, since caches share responses. */
    public void permit(HttpServerRequest request) {
        HttpServerResponse response = request.response();
        if (any) {
            permit(response, ANY_ORIGIN);
            return;
        }
        // At the end, because handlers set their own Vary.
        response.headersEndHandler(end -> response.headers().add(HttpHeaders.VARY, ORIGIN));
        String origin = request.getHeader(ORIGIN);
        if (origin != null && origins.contains(origin)) {
            permit(response, origin);
        }
    }

    private void permit(HttpServerResponse response, CharSequence origin) {
        response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, origin)
                .putHeader(HttpHeaders.ACCESS_CONTROL_EXPOSE_HEADERS, exposedHeaders);
    }

    /** Whether a request is a preflight. */
    public static boolean isPreflight(HttpServerRequest request) {
        return HttpMethod.OPTIONS.equals(request.method())
                && (request.uri().startsWith("/") || RequestTargets.isForServer(request));
    }

    /** Answers a preflight for any path; a browser gets the 404 of an unknown path with the request itself. */
    public void answerPreflight(HttpServerRequest request) {
        HttpServerResponse response = request.response();
        response.putHeader(HttpHeaders.ALLOW, methods);
        if (response.headers().contains(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN)) {
            response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_METHODS, allowedMethods)
                    .putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_HEADERS, allowedHeaders(request))
                    .putHeader(HttpHeaders.ACCESS_CONTROL_MAX_AGE, DAY_SECONDS);
        }
        response.setStatusCode(204).end();
    }

    /** The headers of the API, and the requested ones that the settings allow. */
    private String allowedHeaders(HttpServerRequest request) {
        Set<String> allowed = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        allowed.addAll(ownHeaders);
        for (String asked : request.headers().getAll(HttpHeaders.ACCESS_CONTROL_REQUEST_HEADERS)) {
            int start = 0;
            while (start <= asked.length() && allowed.size() < MOST_HEADERS) {
                int comma = asked.indexOf(',', start);
                int end = comma < 0 ? asked.length() : comma;
                String name = asked.substring(start, end).strip();
                if (isName(name) && (anyHeader || headers.contains(name))) {
                    allowed.add(name);
                }
                start = end + 1;
            }
        }
        return String.join(", ", allowed);
    }

    private static boolean isName(String text) {
        return !text.isEmpty() && text.chars().allMatch(HeaderText::isToken);
    }
}
