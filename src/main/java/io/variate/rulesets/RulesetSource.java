package io.variate.rulesets;

import io.variate.rulesets.document.EncodedRuleset;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** Where rulesets are made: the truth of a cluster, read by one node for all. */
public interface RulesetSource {

    /** What kind of source this is. */
    Origin origin();

    /**
     * Reads the ruleset unless it is the one served.
     *
     * @param served what the caller has, or null for nothing
     * @return the ruleset, or null if the source has just that; fails if the source cannot be read
     */
    Future<@Nullable EncodedRuleset> loadUnless(@Nullable EncodedRuleset served);

    /**
     * Subscribes to changes, or again if the subscription has ended; a source without notifications does nothing. Returns
     * at once: callers poll as well.
     *
     * @param onChange called on any thread; the one of the first call counts
     */
    void watch(Runnable onChange);

    /** Ends watching and releases connections. */
    Future<Void> close();
}
