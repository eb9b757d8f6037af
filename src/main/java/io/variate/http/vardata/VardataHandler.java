package io.variate.http.vardata;

import io.variate.bus.AnswerFormat;
import io.variate.bus.EvaluationRequest;
import io.variate.bus.EvaluationResponse;
import io.variate.bus.FailureCode;
import io.variate.client.EvaluationClient;
import io.variate.client.EvaluationException;
import io.variate.cohorts.UploadedCohorts;
import io.variate.http.vardata.EvaluationQuery.Source;
import io.variate.rulesets.DeployedFlags;
import io.variate.rulesets.document.Deployment;
import io.variate.rulesets.document.FlagFilter;
import io.variate.web.ApiError;
import io.variate.web.Authentication.Caller;
import io.variate.web.Compression;
import io.variate.web.EntityTag;
import io.variate.web.Failures;
import io.variate.web.InFlightLimit;
import io.variate.web.InvalidRequestException;
import io.variate.web.MinRevision;
import io.variate.web.ResponseHeaders;
import io.variate.web.connections.Reservation;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Answers an {@link EvaluationQuery} with the variants of its user.
 *
 * <p>Belongs to one verticle instance. Source: Amplitude's Evaluation API. 304 and the cache headers are our own.
 */
final class VardataHandler {
    private static final Buffer NOTHING = Buffer.buffer("{}");

    /** Most bytes expected of an answer with some flags, so that a wrong guess alone never causes a rejection. */
    private static final int MAX_GUESS = 1 << 20;

    private final EvaluationClient client;
    private final UploadedCohorts uploaded;
    private final InFlightLimit inFlight;
    private final Compression compression;

    /** Bytes of the last large answer with all flags by deployment key: reserved from the account before the next one. */
    private final Map<String, Integer> largeAnswers = new HashMap<>();

    /** The same per flag, of the last large answer with some flags. */
    private final Map<String, Integer> largeFlags = new HashMap<>();

    VardataHandler(EvaluationClient client, UploadedCohorts uploaded, int maxInFlight, Compression compression) {
        this.client = client;
        this.uploaded = uploaded;
        this.inFlight = new InFlightLimit(maxInFlight);
        this.compression = compression;
    }

    /** Answers the {@link EvaluationQuery} of a request. */
    void answer(RoutingContext context, AnswerFormat format) {
        Caller caller = Caller.of(context);
        EvaluationQuery query = EvaluationQuery.of(context);
        // Read before the evaluation: a tag may name older cohorts than the answer used, never newer ones.
        long cohorts = uploaded.fingerprint(caller.deployed().project().key());
        if (isCacheable(context, query)
                && !caller.deployed().deployment().evaluationId()
                && isKnown(context.request().headers(), caller, cohorts, query)) {
            answerUnchanged(context, caller, cohorts, query);
            return;
        }
        List<String> flagKeys = flagKeys(caller.deployed(), query.flags());
        if (flagKeys == null) {
            answer(
                    context,
                    caller,
                    cohorts,
                    query,
                    new EvaluationResponse(caller.revision(), NOTHING),
                    Reservation.NONE);
            return;
        }
        if (inFlight.isReached()) {
            Failures.answer(context, Failures.OVERLOADED);
            return;
        }
        Deployment deployment = caller.deployed().deployment();
        int expected = Compression.costOf(expectedLength(deployment, flagKeys.size()));
        Reservation reservation = Reservation.of(context.request(), expected);
        if (reservation == null) {
            Failures.answer(context, Failures.OVERLOADED);
            return;
        }
        inFlight.begin();
        client.evaluate(request(deployment, query, flagKeys, context, format)).onComplete(done -> {
            inFlight.end();
            if (done.succeeded()) {
                remember(deployment, flagKeys.size(), done.result().answer().length(), expected);
                answer(context, caller, cohorts, query, done.result(), reservation);
            } else {
                reservation.release();
                context.fail(withSource(query.source(), done.cause()));
            }
        });
    }

    /** The length of an answer with some flags, or all if none are named, from answers before it; 0 if those were small. */
    private int expectedLength(Deployment deployment, int flags) {
        return flags == 0
                ? largeAnswers.getOrDefault(deployment.key(), 0)
                : (int) Math.min(MAX_GUESS, (long) flags * largeFlags.getOrDefault(deployment.key(), 0));
    }

    private void remember(Deployment deployment, int flags, int length, int expected) {
        if (length > Compression.FREE_BYTES || expected > 0) {
            (flags == 0 ? largeAnswers : largeFlags).put(deployment.key(), length / Math.max(1, flags));
        }
    }

    /** Whether the URL and the headers in {@code Vary} determine the answer. */
    private static boolean isCacheable(RoutingContext context, EvaluationQuery query) {
        return query.source() == Source.PARAMETERS
                && HttpMethod.GET.equals(context.request().method());
    }

    /** Computes the tag only for requests with {@code If-None-Match}, which are few. */
    private static boolean isKnown(MultiMap headers, Caller caller, long cohorts, EvaluationQuery query) {
        return headers.contains(HttpHeaders.IF_NONE_MATCH) && EntityTag.isKnown(headers, tag(caller, cohorts, query));
    }

    private static String tag(Caller caller, long cohorts, EvaluationQuery query) {
        return query.tag(
                caller.ruleset().rows().revision(),
                cohorts,
                caller.deployed().deployment().key());
    }

    /** The flags to evaluate; empty means all, null means that no flag matches the filter. */
    private static @Nullable List<String> flagKeys(DeployedFlags deployed, FlagFilter flags) {
        if (flags.evaluationMode() == null && flags.deliveryMethod() == null) {
            return flags.keys();
        }
        List<String> keys = deployed.keys(flags);
        return keys.isEmpty() ? null : keys;
    }

    private static EvaluationRequest request(
            Deployment deployment,
            EvaluationQuery query,
            List<String> flagKeys,
            RoutingContext context,
            AnswerFormat format) {
        Tracking tracking = Tracking.of(context.request().headers());
        return EvaluationRequest.builder(deployment.key())
                .userId(query.userId())
                .deviceId(query.deviceId())
                .flagKeys(flagKeys)
                .context(query.user())
                .trackAssignment(tracking.assignment())
                .trackExposure(tracking.exposure())
                .format(format)
                .minRevision(MinRevision.of(context))
                .build();
    }

    /** Adds the part of the request that contained the user; the evaluator knows only what is wrong with it. */
    private static Throwable withSource(Source source, Throwable failure) {
        return failure instanceof EvaluationException rejected && rejected.code() == FailureCode.INVALID_REQUEST
                ? new InvalidRequestException(
                        ApiError.badRequest("invalid_context", String.valueOf(rejected.getMessage()), source.path()))
                : failure;
    }

    private void answer(
            RoutingContext context,
            Caller caller,
            long cohorts,
            EvaluationQuery query,
            EvaluationResponse answer,
            Reservation reservation) {
        HttpServerResponse response = context.response();
        response.putHeader(ResponseHeaders.REVISION, Long.toString(answer.revision()));
        if (isCacheable(context, query)) {
            putCacheHeaders(response, caller, cohorts, query, answer.revision());
        } else {
            response.putHeader(HttpHeaders.CACHE_CONTROL, ResponseHeaders.NO_STORE);
        }
        response.putHeader(HttpHeaders.CONTENT_TYPE, ResponseHeaders.JSON);
        compression.end(context, answer.answer(), reservation);
    }

    private static void answerUnchanged(RoutingContext context, Caller caller, long cohorts, EvaluationQuery query) {
        HttpServerResponse response = context.response();
        response.putHeader(ResponseHeaders.REVISION, Long.toString(caller.revision()));
        putCacheHeaders(response, caller, cohorts, query, caller.revision());
        response.setStatusCode(304).end();
    }

    private static void putCacheHeaders(
            HttpServerResponse response, Caller caller, long cohorts, EvaluationQuery query, long revision) {
        Deployment deployment = caller.deployed().deployment();
        response.putHeader(HttpHeaders.VARY, ResponseHeaders.VARY);
        // An evaluator that is ahead or behind for a moment answers with a revision whose digest is unknown here.
        if (!deployment.evaluationId() && revision == caller.revision()) {
            response.putHeader(HttpHeaders.ETAG, tag(caller, cohorts, query));
        }
        if (deployment.cacheSeconds() == 0) {
            response.putHeader(HttpHeaders.CACHE_CONTROL, ResponseHeaders.NO_STORE);
        } else {
            // Without "public" a shared cache must not keep answers to requests with credentials (RFC 9111, 3.5).
            response.putHeader(HttpHeaders.CACHE_CONTROL, "public, max-age=" + deployment.cacheSeconds());
        }
    }
}
