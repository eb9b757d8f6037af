package io.variate.ofrep;

import io.variate.bus.AnswerFormat;
import io.variate.bus.EvaluationRequest;
import io.variate.bus.EvaluationResponse;
import io.variate.client.EvaluationClient;
import io.variate.engine.Json;
import io.variate.http.Answers;
import io.variate.http.Bodies;
import io.variate.http.EntityTag;
import io.variate.http.Failures;
import io.variate.http.Tracking;
import io.variate.rulesets.DeployedFlags;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Answers providers: one flag for one context, or all of them. Belongs to one verticle instance. */
final class EvaluationHandlers {
    private static final CharSequence VARY = HttpHeaders.createOptimized("Authorization, X-API-Key");

    private final EvaluationClient client;
    private final int maxInFlight;
    private int inFlight;

    EvaluationHandlers(EvaluationClient client, int maxInFlight) {
        this.client = client;
        this.maxInFlight = maxInFlight;
    }

    /** The flag in the path. */
    void evaluateOne(RoutingContext context) {
        Subject subject = Subject.read(Bodies.textOf(context));
        DeployedFlags deployed = DeploymentKeys.callerOf(context).deployed();
        String key = String.valueOf(OfrepFailures.flagKey(context));
        if (!FlagKeys.contains(deployed, key)) {
            OfrepFailures.answerNoFlag(context);
            return;
        }
        evaluate(context, subject, List.of(key), response -> {
            Object variant = variants(response).get(key);
            answer(
                    context,
                    response,
                    Json.write(
                            variant instanceof Map<?, ?> members
                                    ? Resolution.of(key, members)
                                    : Resolution.ofNothing(key)));
        });
    }

    /** All flags of the deployment; 304 if the provider has just that. */
    void evaluateAll(RoutingContext context) {
        Subject subject = Subject.read(Bodies.textOf(context));
        DeployedFlags deployed = DeploymentKeys.callerOf(context).deployed();
        evaluate(context, subject, List.of(), response -> {
            String flags = Json.write(resolutions(deployed, variants(response)));
            // By what it says, since cohorts change answers without a revision, and most revisions do not change this
            // one.
            String tag = EntityTag.ofText(flags);
            context.response().putHeader(HttpHeaders.ETAG, tag);
            if (EntityTag.isKnown(context.request().headers(), tag)) {
                putHeaders(context.response(), response).setStatusCode(304).end();
            } else {
                answer(context, response, "{\"flags\":" + flags + "}");
            }
        });
    }

    private void evaluate(
            RoutingContext context, Subject subject, List<String> flagKeys, Consumer<EvaluationResponse> answer) {
        if (inFlight >= maxInFlight) {
            OfrepFailures.answer(context, Failures.OVERLOADED);
            return;
        }
        Tracking tracking = Tracking.of(context.request().headers());
        inFlight++;
        client.evaluate(new EvaluationRequest(
                        DeploymentKeys.callerOf(context).deployed().deployment().key(),
                        subject.userId(),
                        null,
                        flagKeys,
                        subject.user(),
                        tracking.assignment(),
                        tracking.exposure(),
                        AnswerFormat.REASONED))
                .onComplete(done -> inFlight--)
                .map(response -> {
                    answer.accept(response);
                    return response;
                })
                .onFailure(context::fail);
    }

    private static Map<?, ?> variants(EvaluationResponse response) {
        return Json.parse(response.answer().toString()) instanceof Map<?, ?> variants ? variants : Map.of();
    }

    /** Those that the user got a variant of, and after them those that came to nothing. */
    private static List<Map<String, Object>> resolutions(DeployedFlags deployed, Map<?, ?> variants) {
        Map<String, Map<String, Object>> resolutions = new LinkedHashMap<>();
        variants.forEach((key, variant) -> {
            if (variant instanceof Map<?, ?> members) {
                String flagKey = String.valueOf(key);
                resolutions.put(flagKey, Resolution.of(flagKey, members));
            }
        });
        FlagKeys.of(deployed).forEach(key -> resolutions.computeIfAbsent(key, Resolution::ofNothing));
        return new ArrayList<>(resolutions.values());
    }

    private static void answer(RoutingContext context, EvaluationResponse response, String body) {
        putHeaders(context.response(), response)
                .putHeader(HttpHeaders.CONTENT_TYPE, Answers.JSON)
                .end(Buffer.buffer(body));
    }

    private static HttpServerResponse putHeaders(HttpServerResponse to, EvaluationResponse response) {
        return to.putHeader(HttpHeaders.CACHE_CONTROL, Answers.NO_STORE)
                .putHeader(HttpHeaders.VARY, VARY)
                .putHeader(Answers.REVISION, Long.toString(response.revision()));
    }
}
