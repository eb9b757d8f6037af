package io.variate.rulesets;

import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** Where rulesets are made: the truth of a cluster, read by one node for all. */
public interface RulesetSource {

    /** What kind of source this is. */
    Origin origin();

    /**
     * Reads the ruleset unless it is the known one.
     *
     * @param known revision that the caller has, or -1 for none
     * @return the ruleset, or null if the source is at the known revision; fails if the source cannot be read
     */
    Future<@Nullable EncodedRuleset> loadUnless(long known);

    /**
     * Makes sure that changes are heard of, again if that had ended; a source that cannot tell does nothing.
     *
     * @param onChange called on any thread
     */
    Future<Void> watch(Runnable onChange);

    /** Ends watching and releases connections. */
    Future<Void> close();
}
