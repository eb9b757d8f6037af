package io.variate.rulesets;

import io.variate.rulesets.rows.Revision;
import io.variate.rulesets.rows.RulesetDelta;
import io.variate.rulesets.rows.RulesetRows;
import io.vertx.core.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The newest ruleset that any node of the cluster has read, and its latest changes. Thread-safe; never blocks the caller. */
public interface RulesetCache {

    /** The revision of the newest ruleset, or null if the cache is empty. Cheap enough to call every second. */
    Future<@Nullable Revision> head();

    /**
     * Reads the newest ruleset: only the changes if the cache still has those since {@code served}.
     *
     * @param served the ruleset that the caller has, or null
     * @return the newest ruleset, which shares its unchanged rows with {@code served}; null if the cache has none that
     *     replaces {@code served}
     */
    Future<@Nullable RulesetRows> newest(@Nullable RulesetRows served);

    /**
     * Puts a change, which reaches all nodes, unless the cache has the same or a higher revision. If the cache does not have
     * the revision before the change, it gets the whole ruleset.
     *
     * @param after the ruleset after the change
     */
    Future<Void> publish(RulesetDelta delta, RulesetRows after);

    /** Puts a whole ruleset, unless the cache has the same or a higher revision. */
    Future<Void> publishWhole(RulesetRows ruleset);

    /**
     * Subscribes to changes that any node puts, including this one.
     *
     * @param onDelta called on any thread with each change, possibly out of order
     * @param onHead called on any thread after the head has changed
     */
    void subscribe(Consumer<RulesetDelta> onDelta, Runnable onHead);
}
