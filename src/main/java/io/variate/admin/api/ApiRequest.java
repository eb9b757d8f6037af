package io.variate.admin.api;

import io.variate.management.access.Caller;
import io.variate.web.ApiError;
import io.variate.web.InvalidRequestException;
import io.variate.web.decoding.RequestPath;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * A request of the management API: its path, query, headers and body, read strictly. Used on the event loop.
 *
 * @param context the request
 * @param id from {@code X-Request-Id}, or made; answers and the audit repeat it
 * @param parameters of the path, by name
 */
record ApiRequest(RoutingContext context, String id, Map<String, String> parameters) {
    static final CharSequence REQUEST_ID = HttpHeaders.createOptimized("X-Request-Id");
    private static final String REASON = "X-Variate-Reason";
    private static final String IDEMPOTENCY_KEY = "Idempotency-Key";
    private static final int LONGEST_REASON = 1_000;
    private static final int LONGEST_KEY = 255;
    private static final int LONGEST_ID = 128;

    /**
     * Reads the path.
     *
     * @throws InvalidRequestException if the request id is invalid
     * @throws io.variate.web.decoding.UnacceptableRequestException if the path cannot be decoded
     */
    static ApiRequest of(RoutingContext context, PathTemplate template) {
        MultiMap headers = context.request().headers();
        String sent = single(headers, REQUEST_ID.toString(), LONGEST_ID);
        String id = sent == null || sent.isEmpty() ? UUID.randomUUID().toString() : sent;
        context.response().putHeader(REQUEST_ID, id);
        List<String> names = template.names();
        List<String> path = RequestPath.parts(context.normalizedPath());
        List<String> decoded = path.stream()
                .skip(PathTemplate.BASE.substring(1).split("/").length)
                .filter(part -> !part.isEmpty())
                .map(part -> RequestPath.decode(part, names.isEmpty() ? "url" : names.get(0)))
                .toList();
        Map<String, String> parameters = template.match(decoded);
        return new ApiRequest(context, id, parameters == null ? Map.of() : parameters);
    }

    Caller caller() {
        return Caller.of(context);
    }

    Query query() {
        return new Query(context.request().query());
    }

    /** A parameter of the path. */
    String parameter(String name) {
        String value = parameters.get(name);
        if (value == null) {
            throw new IllegalStateException("the path has no parameter " + name);
        }
        return value;
    }

    /** The version in {@code If-Match}; null for any. */
    @Nullable
    Long ifMatch() {
        return VersionTag.read(context.request().headers().getAll(HttpHeaders.IF_MATCH), "If-Match");
    }

    /** The values of {@code If-Match}, for the fingerprint of the request. */
    String ifMatchText() {
        return String.join(",", context.request().headers().getAll(HttpHeaders.IF_MATCH));
    }

    /** Why the caller writes; null if the request does not tell. */
    @Nullable
    String reason() {
        String reason = single(context.request().headers(), REASON, LONGEST_REASON);
        return reason == null || reason.isBlank() ? null : reason;
    }

    /** The key that makes a repeated request harmless; null for none. */
    @Nullable
    String idempotencyKey() {
        String key = single(context.request().headers(), IDEMPOTENCY_KEY, LONGEST_KEY);
        if (key != null && key.isEmpty()) {
            throw invalid(IDEMPOTENCY_KEY, "must not be empty");
        }
        return key;
    }

    /** The bytes of the body. */
    byte[] body() {
        Buffer body = context.body().buffer();
        return body == null ? new byte[0] : body.getBytes();
    }

    /** Runs expensive work, such as parsing and rendering, on a worker thread. */
    <T extends @Nullable Object> Future<T> onWorker(Callable<T> work) {
        return context.vertx().executeBlocking(work, false);
    }

    private static @Nullable String single(MultiMap headers, String name, int longest) {
        List<String> values = headers.getAll(name);
        if (values.isEmpty()) {
            return null;
        }
        String value = values.get(0);
        if (values.size() > 1) {
            throw invalid(name, "must be sent at most once");
        }
        if (value.length() > longest) {
            throw invalid(name, "must have at most " + longest + " characters");
        }
        if (!value.chars().allMatch(c -> c >= ' ' && c < 0x7f)) {
            throw invalid(name, "must consist of printable ASCII characters");
        }
        return value;
    }

    private static InvalidRequestException invalid(String name, String rule) {
        return new InvalidRequestException(ApiError.badRequest("invalid_header", name + " " + rule, name));
    }
}
