package io.variate.evaluator;

import io.variate.bus.Addresses;
import io.variate.bus.EvaluationRequest;
import io.variate.bus.FailureCode;
import io.variate.bus.MessageCodecs;
import io.variate.bus.UnsupportedVersionException;
import io.variate.engine.Evaluation;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers evaluation requests of this node and of the cluster; deploy as many as there are processors to use.
 *
 * <p>This node and whoever asks it by its name are answered at once. Those who ask any evaluator get to know it when it is
 * warm.
 */
public final class EvaluatorVerticle extends VerticleBase {
    private static final Logger log = LoggerFactory.getLogger(EvaluatorVerticle.class);

    private final Evaluator evaluator;
    private final Evaluation evaluation;
    private final String member;
    private final Future<Void> warm;
    private boolean stopped;

    /**
     * All instances share one evaluator, and each has an evaluation of its own.
     *
     * @param member what the cluster calls this node
     * @param warm see {@link WarmUp}
     */
    public EvaluatorVerticle(Evaluator evaluator, Evaluation evaluation, String member, Future<Void> warm) {
        this.evaluator = evaluator;
        this.evaluation = evaluation;
        this.member = member;
        this.warm = warm;
    }

    @Override
    public Future<?> start() {
        EventBus bus = vertx.eventBus();
        MessageCodecs.register(bus);
        MessageConsumer<Object> here = bus.localConsumer(Addresses.EVALUATE_ON_THIS_NODE, this::answer);
        MessageConsumer<Object> byName = bus.consumer(Addresses.evaluateAt(member), this::answer);
        Future<?> registered = Future.all(here.completion(), byName.completion());
        if (warm.isComplete()) {
            return registered.compose(done -> answerAnyone());
        }
        warm.onComplete(done -> context.runOnContext(now -> answerAnyone()));
        return registered;
    }

    @Override
    public Future<?> stop() {
        stopped = true;
        return Future.succeededFuture();
    }

    private Future<Void> answerAnyone() {
        return stopped
                ? Future.succeededFuture()
                : vertx.eventBus()
                        .consumer(Addresses.EVALUATE, this::answer)
                        .completion()
                        .onFailure(
                                failure -> log.error("the cluster cannot be told that this node evaluates", failure));
    }

    private void answer(Message<Object> message) {
        try {
            Object body = message.body();
            if (body instanceof EvaluationRequest request) {
                message.reply(evaluator.evaluate(request, evaluation));
            } else if (body instanceof JsonObject json) {
                message.reply(evaluator
                        .evaluate(EvaluationRequest.fromJson(json), evaluation)
                        .toJson());
            } else {
                fail(message, FailureCode.INVALID_REQUEST, "the body must be an evaluation request or a JsonObject");
            }
        } catch (RefusedException e) {
            fail(message, e.code(), e.getMessage());
        } catch (UnsupportedVersionException e) {
            fail(message, FailureCode.UNSUPPORTED_VERSION, e.getMessage());
        } catch (IllegalArgumentException e) {
            fail(message, FailureCode.INVALID_REQUEST, e.getMessage());
        } catch (RuntimeException | InternalError e) {
            // The JVM may tell of a mapped file that failed wherever the thread is by then.
            log.error("an evaluation failed", e);
            fail(message, FailureCode.INTERNAL, "the evaluation failed");
        }
    }

    private static void fail(Message<Object> message, FailureCode code, @Nullable String text) {
        message.fail(code.number(), String.valueOf(text));
    }
}
