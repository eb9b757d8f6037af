package io.variate.evaluator;

import io.variate.bus.Addresses;
import io.variate.bus.EvaluatorAnnouncement;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

/**
 * Announces this evaluator node to the cluster every second, and announces its shutdown in advance.
 *
 * <p>Deploy one, after the evaluators, so that it is undeployed before them.
 */
public final class AnnouncementVerticle extends VerticleBase {
    /** Clients consider a node dead after three and a half periods without an announcement. */
    private static final long PERIOD_MILLIS = 1_000;

    /** Time between the last announcement and the stop of the evaluators, which answers requests already in flight. */
    private static final long LEAVE_DELAY_MILLIS = 200;

    private final String member;
    private final Future<Void> warm;
    private boolean announced;
    private boolean leaving;

    /**
     * Announces a node.
     *
     * @param member the cluster's id of this node
     * @param warm completes when the node may be announced
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
        return vertx.timer(LEAVE_DELAY_MILLIS);
    }

    private void announce() {
        vertx.eventBus().publish(Addresses.EVALUATORS, new EvaluatorAnnouncement(member, System.nanoTime(), leaving));
    }
}
