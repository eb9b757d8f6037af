package io.variate.rulesets;

import io.variate.rulesets.document.EncodedRuleset;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** The source of truth for rulesets; one node reads it for the whole cluster. */
public interface RulesetSource {

    /** The kind of source. */
    Origin origin();

    /**
     * Reads the ruleset unless the caller already has it.
     *
     * @param served the ruleset that the caller has, or null
     * @return the ruleset, or null if the source still has {@code served}; fails if the source cannot be read
     */
    Future<@Nullable EncodedRuleset> loadUnless(@Nullable EncodedRuleset served);

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
