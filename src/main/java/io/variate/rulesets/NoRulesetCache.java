package io.variate.rulesets;

import io.variate.rulesets.rows.Revision;
import io.variate.rulesets.rows.RulesetDelta;
import io.variate.rulesets.rows.RulesetRows;
import io.vertx.core.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The cache of a node without a cluster: always empty. */
public final class NoRulesetCache implements RulesetCache {
    @Override
    public Future<@Nullable Revision> head() {
        return Future.succeededFuture();
    }

    @Override
    public Future<@Nullable RulesetRows> newest(@Nullable RulesetRows served) {
        return Future.succeededFuture();
    }

    @Override
    public Future<Void> publish(RulesetDelta delta, RulesetRows after) {
        return Future.succeededFuture();
    }

    @Override
    public Future<Void> publishWhole(RulesetRows ruleset) {
        return Future.succeededFuture();
    }

    @Override
    public void subscribe(Consumer<RulesetDelta> onDelta, Runnable onHead) {
        // No other node puts rulesets.
    }
}
