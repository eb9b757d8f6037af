package io.variate.evaluator;

import io.variate.bus.Addresses;
import io.variate.bus.EvaluatorAnnouncement;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

/**
 * Says to the cluster every second that this node evaluates, and that it leaves before it does.
 *
 * <p>Deploy one, after the evaluators, so that it is undeployed before them.
 */
public final class AnnouncementVerticle extends VerticleBase {
    /** Those who ask evaluators forget one that was silent for three and a half of these. */
    private static final long PERIOD_MILLIS = 1_000;

    /** From the last word on until the evaluators stop: what was sent before it was heard is answered. */
    private static final long FAREWELL_MILLIS = 200;

    private final String member;
    private final Future<Void> warm;
    private boolean announced;
    private boolean leaving;

    /**
     * Announces a node.
     *
     * @param member what the cluster calls it
     * @param warm when it is to be asked
     */
    public AnnouncementVerticle(String member, Future<Void> warm) {
        this.member = member;
        this.warm = warm;
    }

    @Override
    public Future<?> start() {
        warm.onComplete(done -> context.runOnContext(now -> begin()));
        return Future.succeededFuture();
    }

    private void begin() {
        if (!leaving) {
            announced = true;
            announce();
            vertx.setPeriodic(PERIOD_MILLIS, tick -> announce());
        }
    }

    @Override
    public Future<?> stop() {
        leaving = true;
        if (!announced) {
            return Future.succeededFuture();
        }
        announce();
        return vertx.timer(FAREWELL_MILLIS);
    }

    private void announce() {
        vertx.eventBus().publish(Addresses.EVALUATORS, new EvaluatorAnnouncement(member, System.nanoTime(), leaving));
    }
}
