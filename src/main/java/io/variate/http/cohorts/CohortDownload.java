package io.variate.http.cohorts;

import io.variate.cohorts.Cohort;
import io.variate.cohorts.CohortBody.InMemory;
import io.variate.cohorts.CohortBody.OnDisk;
import io.variate.cohorts.Cohorts;
import io.variate.cohorts.UploadedCohorts;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.Ruleset;
import io.variate.web.ApiError;
import io.variate.web.BasicAuthentication;
import io.variate.web.Compression;
import io.variate.web.Failures;
import io.variate.web.InvalidRequestException;
import io.variate.web.ResponseHeaders;
import io.variate.web.connections.Reservation;
import io.variate.web.decoding.QueryString;
import io.variate.web.decoding.RequestPath;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.List;

/**
 * {@code GET /sdk/v1/cohort/{id}?maxCohortSize=N&lastModified=T}: all members of a cohort; 204 if the client's copy is
 * current.
 *
 * <p>Source: Amplitude's evaluation proxy and cloud. Compressed only if the client accepts gzip, since some clients
 * cannot read it. Never 202 or 429: some clients retry these without a delay.
 */
final class CohortDownload implements Handler<RoutingContext> {
    private static final ApiError UNKNOWN_COHORT = new ApiError(404, "unknown_cohort", "unknown cohort id", "url");
    private static final ApiError TOO_LARGE =
            new ApiError(413, "cohort_too_large", "the cohort has more members than maxCohortSize", "maxCohortSize");

    private final CurrentRuleset current;
    private final UploadedCohorts uploaded;

    CohortDownload(CurrentRuleset current, UploadedCohorts uploaded) {
        this.current = current;
        this.uploaded = uploaded;
    }

    @Override
    public void handle(RoutingContext context) {
        long maxSize = number(context, "maxCohortSize", Long.MAX_VALUE);
        long clientVersion = number(context, "lastModified", -1);
        Ruleset ruleset = current.get();
        String project = BasicAuthentication.projectOf(context);
        Cohort cohort = uploaded.over(project, ruleset == null ? Cohorts.NONE : ruleset.cohorts(project))
                .find(RequestPath.last(context, "id"));
        if (cohort == null) {
            Failures.answer(context, ruleset == null ? Failures.NOT_READY : UNKNOWN_COHORT);
        } else if (cohort.lastModified() == clientVersion) {
            context.response()
                    .setStatusCode(204)
                    .putHeader(HttpHeaders.CACHE_CONTROL, ResponseHeaders.NO_STORE)
                    .end();
        } else if (cohort.size() > maxSize) {
            Failures.answer(context, TOO_LARGE);
        } else {
            send(context, cohort);
        }
    }

    private static void send(RoutingContext context, Cohort cohort) {
        boolean compressed = Compression.isAccepted(context.request().headers());
        HttpServerResponse response = context.response();
        response.putHeader(HttpHeaders.CONTENT_TYPE, ResponseHeaders.JSON)
                .putHeader(HttpHeaders.CACHE_CONTROL, ResponseHeaders.NO_STORE)
                .putHeader(HttpHeaders.VARY, HttpHeaders.ACCEPT_ENCODING);
        if (compressed) {
            response.putHeader(HttpHeaders.CONTENT_ENCODING, "gzip");
        }
        body(context, cohort, compressed).onFailure(failure -> {
            response.headers().remove(HttpHeaders.CONTENT_ENCODING);
            if (!response.headWritten()) {
                context.fail(failure);
            }
        });
    }

    private static Future<Void> body(RoutingContext context, Cohort cohort, boolean compressed) {
        HttpServerResponse response = context.response();
        if (cohort.body() instanceof OnDisk file) {
            return compressed
                    ? response.sendFile(file.gzip().toString())
                    : response.sendFile(file.json().toString(), file.start());
        }
        InMemory memory = (InMemory) cohort.body();
        return memory.json(context.vertx()).compose(json -> send(context, memory, json, compressed));
    }

    private static Future<Void> send(RoutingContext context, InMemory memory, Buffer json, boolean compressed) {
        Reservation reservation = Reservation.ofAnswer(context.request());
        if (!reservation.take(json.length())) {
            return Future.failedFuture(new InvalidRequestException(Failures.OVERLOADED));
        }
        Future<Buffer> body = compressed ? memory.gzip(context.vertx()) : Future.succeededFuture(json);
        return body.compose(context.response()::end).onComplete(sent -> reservation.release());
    }

    /** A parameter may be repeated only with the same value. */
    private static long number(RoutingContext context, String name, long otherwise) {
        List<String> values = QueryString.values(context.request().query(), name).stream()
                .distinct()
                .toList();
        if (values.isEmpty()) {
            return otherwise;
        }
        try {
            if (values.size() == 1) {
                return Long.parseLong(values.get(0));
            }
        } catch (NumberFormatException e) {
            // Rejected below.
        }
        throw new InvalidRequestException(ApiError.badRequest("invalid_parameter", "must be one integer", name));
    }
}
