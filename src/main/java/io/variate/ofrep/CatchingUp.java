package io.variate.ofrep;

import io.variate.rulesets.CurrentRuleset;
import io.vertx.core.Handler;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Keeps a request that follows a notice of change until this node has that change: another node of the cluster may have
 * told of it a moment earlier, and an answer from before would stand until the next one. Belongs to one verticle
 * instance.
 */
final class CatchingUp implements Handler<RoutingContext> {
    private static final Duration LOOK_EVERY = Duration.ofMillis(10);

    /** Then the node has another trouble, and what it serves is the best it can do. */
    private static final Duration AT_MOST = Duration.ofSeconds(1);

    /** More are answered at once. */
    private static final int MOST_WAITING = 1_000;

    private final CurrentRuleset current;
    private int waiting;

    CatchingUp(CurrentRuleset current) {
        this.current = current;
    }

    @Override
    public void handle(RoutingContext context) {
        long revision = Revisions.read(context.request().getParam("flagConfigEtag"));
        if (revision <= current.revision() || waiting >= MOST_WAITING) {
            context.next();
            return;
        }
        waiting++;
        look(context, revision, System.nanoTime() + AT_MOST.toNanos());
    }

    private void look(RoutingContext context, long revision, long deadline) {
        if (revision > current.revision() && deadline - System.nanoTime() > 0) {
            context.vertx()
                    .timer(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS)
                    .onComplete(later -> look(context, revision, deadline));
        } else {
            waiting--;
            context.next();
        }
    }
}
