package io.variate.ofrep;

import io.variate.rulesets.CurrentRuleset;
import io.vertx.core.Handler;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;

/**
 * Delays a refetch until this node serves the revision that the change notification named. Another node may have sent the
 * notification a moment earlier; without the delay the provider would keep a stale answer until the next change.
 */
final class RevisionBarrier implements Handler<RoutingContext> {
    /** After this time the node answers from the ruleset it has. */
    private static final Duration TIMEOUT = Duration.ofSeconds(1);

    private final CurrentRuleset current;

    RevisionBarrier(CurrentRuleset current) {
        this.current = current;
    }

    @Override
    public void handle(RoutingContext context) {
        long revision = Revisions.read(context.request().getParam("flagConfigEtag"));
        if (revision <= current.revision()) {
            context.next();
        } else {
            current.reached(revision, TIMEOUT).onComplete(done -> context.next());
        }
    }
}
