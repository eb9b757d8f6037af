package io.variate.rulesets;

import io.variate.rulesets.rows.RulesetReading;
import io.variate.rulesets.rows.RulesetRows;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** The source of truth for rulesets; one node reads it for the whole cluster. */
public interface RulesetSource {

    /** The kind of source. */
    Origin origin();

    /**
     * Reads what has changed.
     *
     * @param served the ruleset that the caller has, or null
     * @return fails if the source cannot be read
     */
    Future<RulesetReading> readSince(@Nullable RulesetRows served);

    /**
     * Subscribes to changes, or renews a subscription that has ended. Does nothing for a source without notifications.
     * Returns at once: callers poll as well.
     *
     * @param onChange called on any thread; only the callback of the first call is used
     */
    void watch(Runnable onChange);

    /** Ends the subscription and closes connections. */
    Future<Void> close();
}
