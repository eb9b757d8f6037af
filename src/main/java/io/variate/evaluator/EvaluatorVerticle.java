package io.variate.evaluator;

import io.variate.bus.Addresses;
import io.variate.bus.EvaluationBatch;
import io.variate.bus.EvaluationBatchResponse;
import io.variate.bus.EvaluationOutcome;
import io.variate.bus.EvaluationOutcome.Answered;
import io.variate.bus.EvaluationOutcome.Failed;
import io.variate.bus.EvaluationRequest;
import io.variate.bus.FailureCode;
import io.variate.bus.UnsupportedVersionException;
import io.variate.bus.codecs.MessageCodecs;
import io.variate.engine.Evaluation;
import io.variate.observability.RefusedMessages;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers evaluation requests of this node and of the cluster. Deploy one per processor to use.
 *
 * <p>Subscribes to requests for this node at start, and to requests for any node once the evaluator is warm.
 */
public final class EvaluatorVerticle extends VerticleBase {
    private static final Logger log = LoggerFactory.getLogger(EvaluatorVerticle.class);

    private final Evaluator evaluator;
    private final Evaluation evaluation;
    private final String member;
    private final Future<Void> warm;
    private final RefusedMessages refused;
    private boolean stopped;

    /**
     * All instances share one evaluator; each needs its own evaluation.
     *
     * @param member the cluster's id of this node
     * @param warm see {@link WarmUp}
     * @param refused counts invalid JSON messages
     */
    public EvaluatorVerticle(
            Evaluator evaluator, Evaluation evaluation, String member, Future<Void> warm, RefusedMessages refused) {
        this.evaluator = evaluator;
        this.evaluation = evaluation;
        this.member = member;
        this.warm = warm;
        this.refused = refused;
    }

    @Override
    public Future<?> start() {
        EventBus bus = vertx.eventBus();
        MessageCodecs.register(bus);
        MessageConsumer<Object> here = bus.localConsumer(Addresses.EVALUATE_ON_THIS_NODE, this::answer);
        MessageConsumer<Object> byName = bus.consumer(Addresses.evaluateAt(member), this::answer);
        Future<?> registered = Future.all(here.completion(), byName.completion());
        if (warm.isComplete()) {
            return registered.compose(done -> subscribeToCluster());
        }
        warm.onComplete(done -> context.runOnContext(now -> subscribeToCluster()));
        return registered;
    }

    @Override
    public Future<?> stop() {
        stopped = true;
        return Future.succeededFuture();
    }

    private Future<Void> subscribeToCluster() {
        return stopped
                ? Future.succeededFuture()
                : vertx.eventBus()
                        .consumer(Addresses.EVALUATE, this::answer)
                        .completion()
                        .onFailure(failure -> log.error(
                                "cannot subscribe to evaluation requests of the cluster; it uses other nodes",
                                failure));
    }

    private void answer(Message<Object> message) {
        EvaluationRequest ahead = ahead(message);
        if (ahead == null) {
            answerNow(message);
        } else {
            evaluator.caughtUp(ahead).onComplete(done -> answerNow(message));
        }
    }

    /** The request with the highest minimum revision, if this node does not serve that revision yet; else null. */
    private @Nullable EvaluationRequest ahead(Message<Object> message) {
        try {
            EvaluationRequest highest = highest(message.body());
            return highest != null && evaluator.isBehind(highest) ? highest : null;
        } catch (RuntimeException unreadable) {
            return null;
        }
    }

    private static @Nullable EvaluationRequest highest(@Nullable Object body) {
        if (body instanceof EvaluationBatch batch) {
            return batch.requests().stream()
                    .max(Comparator.comparingLong(EvaluationRequest::minRevision))
                    .orElse(null);
        }
        if (body instanceof JsonObject json && json.containsKey("min_revision")) {
            return EvaluationRequest.fromJson(json);
        }
        return body instanceof EvaluationRequest request ? request : null;
    }

    private void answerNow(Message<Object> message) {
        try {
            message.reply(reply(message.body()));
        } catch (RuntimeException | InternalError e) {
            Failed failed = failed(e);
            if (e instanceof UnsupportedVersionException || e instanceof IllegalArgumentException) {
                refused.count(Addresses.EVALUATE, failed.code().name().toLowerCase(Locale.ROOT), failed.message());
            }
            message.fail(failed.code().number(), failed.message());
        }
    }

    private Object reply(@Nullable Object body) {
        if (body instanceof EvaluationRequest request) {
            return evaluator.evaluate(request, evaluation);
        }
        if (body instanceof EvaluationBatch batch) {
            return outcomes(batch.requests(), Function.identity());
        }
        if (body instanceof JsonObject json) {
            return EvaluationBatch.isBatch(json)
                    ? outcomes(EvaluationBatch.requestsOf(json), EvaluationRequest::fromJson)
                            .toJson()
                    : evaluator
                            .evaluate(EvaluationRequest.fromJson(json), evaluation)
                            .toJson();
        }
        throw new IllegalArgumentException("the body must be an evaluation request or a JsonObject");
    }

    private <T> EvaluationBatchResponse outcomes(List<T> requests, Function<T, EvaluationRequest> reader) {
        List<EvaluationOutcome> outcomes = new ArrayList<>(requests.size());
        for (T request : requests) {
            try {
                outcomes.add(new Answered(evaluator.evaluate(reader.apply(request), evaluation)));
            } catch (RuntimeException | InternalError e) {
                outcomes.add(failed(e));
            }
        }
        return new EvaluationBatchResponse(outcomes);
    }

    private static Failed failed(Throwable failure) {
        String why = String.valueOf(failure.getMessage());
        if (failure instanceof RejectedException refusal) {
            return new Failed(refusal.code(), why);
        }
        if (failure instanceof UnsupportedVersionException) {
            return new Failed(FailureCode.UNSUPPORTED_VERSION, why);
        }
        if (failure instanceof IllegalArgumentException) {
            return new Failed(FailureCode.INVALID_REQUEST, why);
        }
        // InternalError: the JVM may report a failed page of a mapped file at any later point of the thread.
        log.error("evaluation failed", failure);
        return new Failed(FailureCode.INTERNAL, "the evaluation failed");
    }
}
