package io.variate.ofrep;

import io.variate.rulesets.CurrentRuleset;
import io.vertx.core.Handler;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;

/**
 * Keeps a request that follows a notice of change until this node has that change: another node of the cluster may have
 * told of it a moment earlier, and an answer from before would stand until the next one.
 */
final class CatchingUp implements Handler<RoutingContext> {
    /** Then the node has another trouble, and what it serves is the best it can do. */
    private static final Duration AT_MOST = Duration.ofSeconds(1);

    private final CurrentRuleset current;

    CatchingUp(CurrentRuleset current) {
        this.current = current;
    }

    @Override
    public void handle(RoutingContext context) {
        long revision = Revisions.read(context.request().getParam("flagConfigEtag"));
        if (revision <= current.revision()) {
            context.next();
        } else {
            current.reached(revision, AT_MOST).onComplete(done -> context.next());
        }
    }
}
