package io.variate.rulesets;

import io.variate.rulesets.document.EncodedRuleset;
import io.vertx.core.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The cache of a node without a cluster: always empty. */
public final class NoRulesetCache implements RulesetCache {
    @Override
    public Future<Long> revision() {
        return Future.succeededFuture(-1L);
    }

    @Override
    public Future<@Nullable EncodedRuleset> get() {
        return Future.succeededFuture();
    }

    @Override
    public Future<Void> putIfNewer(EncodedRuleset ruleset) {
        return Future.succeededFuture();
    }

    @Override
    public void onPut(Consumer<EncodedRuleset> callback) {
        // No other node puts rulesets.
    }
}
