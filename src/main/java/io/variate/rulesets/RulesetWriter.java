package io.variate.rulesets;

import io.variate.rulesets.rows.RowSet;
import io.variate.rulesets.rows.RulesetDelta;
import io.vertx.core.Future;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Changes the rows of the database in one transaction. Thread-safe. */
@FunctionalInterface
public interface RulesetWriter {
    /**
     * Changes the ruleset.
     *
     * @param origin who writes, for versions and the audit
     * @param expected the revision that must be the current one, or null for any
     * @param edit receives the current rows and returns the new ones; runs on a worker thread, and its exception fails the
     *     future without a change
     * @return the committed change; fails with {@link io.variate.store.RevisionConflictException} if another revision is
     *     current, or another exception if the database fails
     */
    Future<RulesetDelta> change(WriteOrigin origin, @Nullable Long expected, Function<RowSet, RowSet> edit);
}
