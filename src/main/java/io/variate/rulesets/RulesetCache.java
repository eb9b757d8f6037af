package io.variate.rulesets;

import io.variate.rulesets.document.EncodedRuleset;
import io.vertx.core.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The newest ruleset that any node of the cluster has read. Thread-safe; never blocks the caller. */
public interface RulesetCache {

    /** The revision of the ruleset, or -1 if the cache is empty. Cheap enough to call every second. */
    Future<Long> revision();

    /** The ruleset, or null if the cache is empty. */
    Future<@Nullable EncodedRuleset> get();

    /** Puts a ruleset unless the cache has the same or a higher revision. */
    Future<Void> putIfNewer(EncodedRuleset ruleset);

    /** Subscribes to puts of all nodes, including this one. The callback runs on any thread. */
    void onPut(Consumer<EncodedRuleset> callback);
}
