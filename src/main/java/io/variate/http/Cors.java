package io.variate.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.List;
import java.util.Set;

/**
 * Lets pages of other origins read answers, errors included: what a page may not read is to its browser a failure of
 * the network, which SDKs try again.
 *
 * <p>An origin that is not allowed is answered like any other client, and its browser keeps the answer from the page.
 * Credentials are the keys that a page knows, never the browser's own. Source: the Fetch standard.
 */
final class Cors {
    private static final String ANY = "*";
    private static final CharSequence ALLOWED_METHODS = HttpHeaders.createOptimized("GET, POST, OPTIONS");
    private static final CharSequence ALLOWED_HEADERS = HttpHeaders.createOptimized(String.join(
            ", ",
            "Authorization",
            "X-API-Key",
            "Content-Type",
            "X-Amp-Exp-User",
            "X-Amp-Exp-Flag-Keys",
            "X-Amp-Exp-Track",
            "X-Amp-Exp-Exposure-Track",
            "X-Amp-Exp-Library",
            "If-None-Match",
            "X-Variate-Min-Revision"));
    private static final CharSequence EXPOSED_HEADERS =
            HttpHeaders.createOptimized("ETag, X-Variate-Revision, Retry-After");
    private static final CharSequence ORIGIN = HttpHeaders.createOptimized("Origin");
    private static final CharSequence ANY_ORIGIN = HttpHeaders.createOptimized(ANY);
    private static final CharSequence DAY_SECONDS = HttpHeaders.createOptimized("86400");

    private final Set<String> origins;
    private final boolean any;

    /**
     * Allows some origins.
     *
     * @param origins as browsers write them, or {@code *} for any
     */
    Cors(List<String> origins) {
        this.origins = Set.copyOf(origins);
        this.any = origins.contains(ANY);
    }

    /** Says in the head of the answer who may read it. Always, if that is anybody: what caches keep is for all. */
    void permit(HttpServerRequest request) {
        HttpServerResponse response = request.response();
        if (any) {
            permit(response, ANY_ORIGIN);
            return;
        }
        // At the end, for handlers put a Vary of their own.
        response.headersEndHandler(end -> response.headers().add(HttpHeaders.VARY, ORIGIN));
        String origin = request.getHeader(ORIGIN);
        if (origin != null && origins.contains(origin)) {
            permit(response, origin);
        }
    }

    private static void permit(HttpServerResponse response, CharSequence origin) {
        response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, origin)
                .putHeader(HttpHeaders.ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED_HEADERS);
    }

    /** Whether a request only asks what requests may be made. */
    static boolean isPreflight(HttpServerRequest request) {
        return HttpMethod.OPTIONS.equals(request.method()) && request.uri().startsWith("/");
    }

    /** Tells what requests may be made, whatever the path: that it leads nowhere the browser learns when it goes there. */
    static void answerPreflight(HttpServerRequest request) {
        HttpServerResponse response = request.response();
        response.putHeader(HttpHeaders.ALLOW, ALLOWED_METHODS);
        if (response.headers().contains(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN)) {
            response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_METHODS, ALLOWED_METHODS)
                    .putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS)
                    .putHeader(HttpHeaders.ACCESS_CONTROL_MAX_AGE, DAY_SECONDS);
        }
        response.setStatusCode(204).end();
    }
}
