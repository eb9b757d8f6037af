package io.variate.evaluator;

import io.variate.bus.Addresses;
import io.variate.bus.EvaluationRequest;
import io.variate.bus.FailureCode;
import io.variate.bus.MessageCodecs;
import io.variate.bus.UnsupportedVersionException;
import io.variate.engine.Evaluation;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers evaluation requests of this node and of the cluster; deploy as many as there are processors to use. */
public final class EvaluatorVerticle extends VerticleBase {
    private static final Logger log = LoggerFactory.getLogger(EvaluatorVerticle.class);

    private final Evaluator evaluator;
    private final Evaluation evaluation;

    /** All instances share one evaluator, and each has an evaluation of its own. */
    public EvaluatorVerticle(Evaluator evaluator, Evaluation evaluation) {
        this.evaluator = evaluator;
        this.evaluation = evaluation;
    }

    @Override
    public Future<?> start() {
        MessageCodecs.register(vertx.eventBus());
        MessageConsumer<Object> here = vertx.eventBus().localConsumer(Addresses.EVALUATE_ON_THIS_NODE, this::answer);
        MessageConsumer<Object> anywhere = vertx.eventBus().consumer(Addresses.EVALUATE, this::answer);
        return Future.all(here.completion(), anywhere.completion());
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
