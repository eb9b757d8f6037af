package io.variate.web;

import io.variate.rulesets.CurrentRuleset;
import io.variate.web.connections.Wire;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Delays a request with the header {@code X-Variate-Min-Revision} until this node serves that revision of the ruleset or a
 * later one. After a timeout the request fails with a {@link io.variate.rulesets.RevisionNotReachedException}.
 *
 * <p>Runs before authentication, because the revision may have added the deployment.
 */
public final class MinRevision implements Handler<RoutingContext> {
    private static final String NAME = "X-Variate-Min-Revision";
    private static final CharSequence HEADER = HttpHeaders.createOptimized(NAME);
    private static final int MOST_DIGITS = 18;

    private final CurrentRuleset current;
    private final Duration atMost;

    /**
     * Waits for revisions.
     *
     * @param atMost longest wait of a request
     */
    public MinRevision(CurrentRuleset current, Duration atMost) {
        this.current = current;
        this.atMost = atMost;
    }

    /** The minimum revision of a request; 0 for any. */
    public static long of(RoutingContext context) {
        Long revision = context.get(NAME);
        return revision == null ? 0 : revision;
    }

    @Override
    public void handle(RoutingContext context) {
        HttpServerRequest request = context.request();
        if (!request.headers().contains(HEADER)) {
            context.next();
            return;
        }
        long revision = read(request.headers().getAll(HEADER));
        context.put(NAME, revision);
        if (revision <= current.revision()) {
            context.next();
            return;
        }
        // Otherwise the body arrives before a handler for it is set.
        request.pause();
        if (!Wire.suspendReads(request)) {
            request.resume();
            Failures.answer(context, Failures.OVERLOADED);
            return;
        }
        current.reached(revision, atMost).onComplete((done, failure) -> {
            proceed(context, failure);
            Wire.resumeReads(request);
            request.resume();
        });
    }

    private static void proceed(RoutingContext context, @Nullable Throwable failure) {
        if (failure == null) {
            context.next();
        } else {
            context.fail(failure);
        }
    }

    private static long read(List<String> values) {
        if (new HashSet<>(values).size() > 1) {
            throw new InvalidRequestException(
                    ApiError.badRequest("repeated_parameter", "the header must be sent at most once", NAME));
        }
        String value = values.get(0).strip();
        if (value.isEmpty() || value.length() > MOST_DIGITS || !value.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new InvalidRequestException(ApiError.badRequest(
                    "invalid_parameter", "the value must be a revision: an integer of at most 18 digits", NAME));
        }
        return Long.parseLong(value);
    }
}
