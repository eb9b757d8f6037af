package io.variate.http;

import io.variate.bus.AnswerFormat;
import io.variate.bus.EvaluationRequest;
import io.variate.bus.EvaluationResponse;
import io.variate.client.EvaluationClient;
import io.variate.http.Authentication.Caller;
import io.variate.rulesets.Deployment;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;

/**
 * {@code GET /v1/vardata}: one user's variants.
 *
 * <p>Belongs to one verticle instance. Source: Amplitude's Evaluation API; 304 and the cache headers are ours.
 */
final class VardataHandler implements Handler<RoutingContext> {
    private final EvaluationClient client;
    private final int maxInFlight;
    private int inFlight;

    VardataHandler(EvaluationClient client, int maxInFlight) {
        this.client = client;
        this.maxInFlight = maxInFlight;
    }

    @Override
    public void handle(RoutingContext context) {
        Caller caller = Caller.of(context);
        Deployment deployment = caller.deployed().deployment();
        VardataQuery query = VardataQuery.of(context);
        if (isKnown(context.request().headers(), caller, query)) {
            answerUnchanged(context, caller, query);
            return;
        }
        if (inFlight >= maxInFlight) {
            Failures.answer(context, Failures.OVERLOADED);
            return;
        }
        inFlight++;
        client.evaluate(request(deployment, query, context.request().headers())).onComplete(done -> {
            inFlight--;
            if (done.succeeded()) {
                answer(context.response(), deployment, query, done.result());
            } else {
                context.fail(done.cause());
            }
        });
    }

    /** Few requests carry a tag, and only for those is it worth working out twice. */
    private static boolean isKnown(MultiMap headers, Caller caller, VardataQuery query) {
        return headers.contains(HttpHeaders.IF_NONE_MATCH)
                && EntityTag.isKnown(
                        headers,
                        EntityTag.of(
                                caller.revision(),
                                caller.deployed().deployment().key(),
                                query));
    }

    private static EvaluationRequest request(Deployment deployment, VardataQuery query, MultiMap headers) {
        Tracking tracking = Tracking.of(headers);
        return new EvaluationRequest(
                deployment.key(),
                query.userId(),
                query.deviceId(),
                query.flagKeys(),
                query.context(),
                tracking.assignment(),
                tracking.exposure(),
                AnswerFormat.V1);
    }

    private static void answer(
            HttpServerResponse response, Deployment deployment, VardataQuery query, EvaluationResponse answer) {
        putHeaders(response, deployment, query, answer.revision());
        response.putHeader(HttpHeaders.CONTENT_TYPE, Answers.JSON).end(answer.answer());
    }

    private static void answerUnchanged(RoutingContext context, Caller caller, VardataQuery query) {
        HttpServerResponse response = context.response();
        putHeaders(response, caller.deployed().deployment(), query, caller.revision());
        response.setStatusCode(304).end();
    }

    private static void putHeaders(
            HttpServerResponse response, Deployment deployment, VardataQuery query, long revision) {
        response.putHeader(HttpHeaders.ETAG, EntityTag.of(revision, deployment.key(), query))
                .putHeader(HttpHeaders.VARY, Answers.AUTHORIZATION)
                .putHeader(Answers.REVISION, Long.toString(revision));
        if (deployment.cacheSeconds() == 0) {
            response.putHeader(HttpHeaders.CACHE_CONTROL, Answers.NO_STORE);
        } else {
            // Without "public" a shared cache must not keep answers to requests with credentials (RFC 9111, 3.5).
            response.putHeader(HttpHeaders.CACHE_CONTROL, "public, max-age=" + deployment.cacheSeconds());
        }
    }
}
