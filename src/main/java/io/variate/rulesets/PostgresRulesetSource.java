package io.variate.rulesets;

import io.variate.rulesets.rows.Revision;
import io.variate.rulesets.rows.RulesetReading;
import io.variate.rulesets.rows.RulesetRows;
import io.variate.store.ChangeListener;
import io.variate.store.RulesetStore;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** The ruleset in PostgreSQL. */
public final class PostgresRulesetSource implements RulesetSource {
    private final RulesetStore store;
    private @Nullable ChangeListener listener;

    /** Reads from the store, which {@link #close} closes. */
    public PostgresRulesetSource(RulesetStore store) {
        this.store = store;
    }

    @Override
    public Origin origin() {
        return Origin.POSTGRES;
    }

    @Override
    public Future<RulesetReading> readSince(@Nullable RulesetRows served) {
        Revision revision = served == null ? null : served.revision();
        // A snapshot of an earlier release does not know the history, so the database is read as if there were none.
        return store.readSince(revision == null || revision.hasUnknownHistory() ? null : revision);
    }

    @Override
    public synchronized void watch(Runnable onChange) {
        ChangeListener present = listener;
        if (present == null) {
            present = store.listener(onChange);
            listener = present;
        }
        present.ensureListening();
    }

    @Override
    public synchronized Future<Void> close() {
        ChangeListener present = listener;
        Future<Void> unsubscribed = present == null ? Future.succeededFuture() : present.close();
        return unsubscribed.eventually(store::close);
    }
}
