package io.variate.ofrep;

import io.variate.bus.AnswerFormat;
import io.variate.bus.EvaluationRequest;
import io.variate.bus.EvaluationResponse;
import io.variate.client.EvaluationClient;
import io.variate.engine.model.Flag;
import io.variate.http.vardata.Tracking;
import io.variate.json.Json;
import io.variate.rulesets.DeployedFlags;
import io.variate.web.Bodies;
import io.variate.web.Compression;
import io.variate.web.EntityTag;
import io.variate.web.Failures;
import io.variate.web.InFlightLimit;
import io.variate.web.MinRevision;
import io.variate.web.ResponseHeaders;
import io.variate.web.decoding.RequestPath;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Evaluates one flag or all flags for a context. Belongs to one verticle instance. */
final class EvaluationHandlers {
    private static final CharSequence VARY = HttpHeaders.createOptimized("Authorization, X-API-Key, Accept-Encoding");

    /** Answers of this size or more are converted on a worker, since that takes milliseconds. */
    private static final int LARGE_BYTES = 64 * 1024;

    private final EvaluationClient client;
    private final InFlightLimit inFlight;
    private final Compression compression;
    private final StreamAddresses streamAddresses;

    EvaluationHandlers(
            EvaluationClient client, int maxInFlight, Compression compression, StreamAddresses streamAddresses) {
        this.client = client;
        this.inFlight = new InFlightLimit(maxInFlight);
        this.streamAddresses = streamAddresses;
        this.compression = compression;
    }

    /** Evaluates the flag in the path. */
    void evaluateOne(RoutingContext context) {
        Subject subject = Subject.read(Bodies.textOf(context));
        DeployedFlags deployed = OfrepAuthentication.callerOf(context).deployed();
        String key = context.pathParam("key") == null ? "" : RequestPath.last(context, "key");
        Flag flag = VisibleFlags.find(deployed, key);
        if (flag == null) {
            OfrepFailures.answerNoFlag(context);
            return;
        }
        evaluate(context, subject, List.of(key), response -> {
            Object variant = variants(response).get(key);
            Map<String, Object> resolution = variant instanceof Map<?, ?> members
                    ? Resolution.of(key, members)
                    : Resolution.withoutVariant(flag);
            answer(context, response, Json.write(resolution));
            return Future.succeededFuture();
        });
    }

    /** Evaluates all flags of the deployment; 304 if the provider has the same answer. */
    void evaluateAll(RoutingContext context) {
        Subject subject = Subject.read(Bodies.textOf(context));
        DeployedFlags deployed = OfrepAuthentication.callerOf(context).deployed();
        evaluate(context, subject, List.of(), response -> flags(context, deployed, response)
                .map(flags -> {
                    answerAll(context, deployed, response, flags);
                    return null;
                }));
    }

    private static Future<String> flags(RoutingContext context, DeployedFlags deployed, EvaluationResponse response) {
        return response.answer().length() < LARGE_BYTES
                ? Future.succeededFuture(flags(deployed, response))
                : context.vertx().executeBlocking(() -> flags(deployed, response), false);
    }

    private static String flags(DeployedFlags deployed, EvaluationResponse response) {
        return Json.write(resolutions(deployed, variants(response)));
    }

    private void answerAll(RoutingContext context, DeployedFlags deployed, EvaluationResponse response, String flags) {
        // A hash of the content: cohorts change answers within a revision, and most revisions change few answers.
        String tag = EntityTag.ofText(flags);
        // Weak, since it does not cover the address of the stream.
        context.response().putHeader(HttpHeaders.ETAG, "W/" + tag);
        if (EntityTag.isKnown(context.request().headers(), tag)) {
            putHeaders(context.response(), response).setStatusCode(304).end();
        } else {
            answer(context, response, "{\"flags\":" + flags + ",\"eventStreams\":" + streams(deployed, response) + "}");
        }
    }

    private void evaluate(
            RoutingContext context,
            Subject subject,
            List<String> flagKeys,
            Function<EvaluationResponse, Future<Void>> answer) {
        if (inFlight.isReached()) {
            OfrepFailures.answer(context, Failures.OVERLOADED);
            return;
        }
        Tracking tracking = Tracking.of(context.request().headers());
        inFlight.begin();
        String deploymentKey =
                OfrepAuthentication.callerOf(context).deployed().deployment().key();
        client.evaluate(EvaluationRequest.builder(deploymentKey)
                        .userId(subject.userId())
                        .flagKeys(flagKeys)
                        .context(subject.user())
                        .trackAssignment(tracking.assignment())
                        .trackExposure(tracking.exposure())
                        .format(AnswerFormat.REASONED)
                        .minRevision(MinRevision.of(context))
                        .build())
                .compose(answer)
                .onComplete(done -> inFlight.end())
                .onFailure(context::fail);
    }

    private static Map<?, ?> variants(EvaluationResponse response) {
        return Json.parseExact(response.answer().toString()) instanceof Map<?, ?> variants ? variants : Map.of();
    }

    /** Flags with a variant first, then flags without one. */
    private static List<Map<String, Object>> resolutions(DeployedFlags deployed, Map<?, ?> variants) {
        Map<String, Map<String, Object>> resolutions = new LinkedHashMap<>();
        variants.forEach((key, variant) -> {
            if (variant instanceof Map<?, ?> members) {
                String flagKey = String.valueOf(key);
                resolutions.put(flagKey, Resolution.of(flagKey, members));
            }
        });
        VisibleFlags.of(deployed)
                .forEach(flag -> resolutions.computeIfAbsent(flag.key(), key -> Resolution.withoutVariant(flag)));
        return new ArrayList<>(resolutions.values());
    }

    private String streams(DeployedFlags deployed, EvaluationResponse response) {
        Map<String, Object> endpoint =
                streamAddresses.endpoint(deployed.deployment().key(), response.revision());
        return Json.write(List.of(Map.of("type", "sse", "endpoint", endpoint)));
    }

    private void answer(RoutingContext context, EvaluationResponse response, String body) {
        putHeaders(context.response(), response).putHeader(HttpHeaders.CONTENT_TYPE, ResponseHeaders.JSON);
        compression.end(context, Buffer.buffer(body));
    }

    private static HttpServerResponse putHeaders(HttpServerResponse to, EvaluationResponse response) {
        return to.putHeader(HttpHeaders.CACHE_CONTROL, ResponseHeaders.NO_STORE)
                .putHeader(HttpHeaders.VARY, VARY)
                .putHeader(ResponseHeaders.REVISION, Long.toString(response.revision()));
    }
}
