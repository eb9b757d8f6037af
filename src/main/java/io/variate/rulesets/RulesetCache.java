package io.variate.rulesets;

import io.variate.rulesets.document.EncodedRuleset;
import io.vertx.core.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The newest ruleset that any node of the cluster has seen; thread-safe, never blocks the caller. */
public interface RulesetCache {

    /** Revision of the ruleset, or -1 if no node has put one; cheap enough to be asked every second. */
    Future<Long> revision();

    /** The ruleset, or null if no node has put one. */
    Future<@Nullable EncodedRuleset> get();

    /** Puts a ruleset unless one of the same or a higher revision is there. */
    Future<Void> putIfNewer(EncodedRuleset ruleset);

    /** Calls back, on any thread, for each ruleset that a node puts, this node included. */
    void onPut(Consumer<EncodedRuleset> callback);
}
