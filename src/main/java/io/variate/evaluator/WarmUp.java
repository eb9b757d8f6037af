package io.variate.evaluator;

import io.variate.engine.AnswerShape;
import io.variate.engine.Evaluation;
import io.variate.engine.EvaluationPlan;
import io.variate.engine.Membership;
import io.variate.json.JsonException;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.DeployedFlags;
import io.variate.rulesets.Ruleset;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Synthetic evaluations that warm up the JVM before a node accepts requests of others; neither recorded nor counted. */
public final class WarmUp {
    private static final Logger log = LoggerFactory.getLogger(WarmUp.class);

    /** Enough for the JVM to compile the shared code. */
    private static final int EVALUATIONS = 500;

    /** Pattern budget of one condition, so that an expensive pattern does not delay the start. */
    private static final int PATTERN_STEPS = 10_000;

    private static final Duration AT_MOST = Duration.ofMillis(500);

    private final Evaluation evaluation = new Evaluation(PATTERN_STEPS);

    private WarmUp() {}

    /**
     * Evaluates the first ruleset for made-up users, on a worker thread for at most about half a second.
     *
     * @return completes on any thread and never fails: without warm-up, the first requests are slower
     */
    public static Future<Void> with(Vertx vertx, CurrentRuleset current) {
        return current.reached(0)
                .compose(served -> vertx.<Void>executeBlocking(
                        () -> {
                            Ruleset ruleset = current.get();
                            if (ruleset != null) {
                                new WarmUp().evaluate(ruleset);
                            }
                            return null;
                        },
                        false))
                .otherwise(failure -> {
                    log.warn("evaluator warm-up failed; the first requests may be slow", failure);
                    return null;
                });
    }

    private void evaluate(Ruleset ruleset) throws JsonException {
        List<DeployedFlags> deployments = List.copyOf(ruleset.deploymentsByKey().values());
        long deadline = System.nanoTime() + AT_MOST.toNanos();
        for (int i = 0; i < EVALUATIONS && !deployments.isEmpty() && System.nanoTime() - deadline < 0; i++) {
            evaluate(deployments.get(i % deployments.size()).plan(List.of()), "user-" + i);
        }
    }

    private void evaluate(EvaluationPlan plan, String user) throws JsonException {
        evaluation.evaluate(plan.read(
                "{\"country\":\"US\",\"version\":\"1.0.0\",\"user_properties\":{\"plan\":\"premium\"}}",
                user,
                null,
                Membership.NONE));
        Buffer answer = Buffer.buffer(evaluation.encodedLength(AnswerShape.V1));
        evaluation.encode(AnswerShape.V1, answer::appendBytes);
    }
}
