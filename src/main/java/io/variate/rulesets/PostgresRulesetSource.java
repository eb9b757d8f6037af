package io.variate.rulesets;

import io.variate.rulesets.document.EncodedRuleset;
import io.variate.store.ChangeListener;
import io.variate.store.RulesetColumns;
import io.variate.store.RulesetRows;
import io.variate.store.RulesetStore;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The ruleset in PostgreSQL. */
public final class PostgresRulesetSource implements RulesetSource {
    private static final Logger log = LoggerFactory.getLogger(PostgresRulesetSource.class);

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
    public Future<@Nullable EncodedRuleset> loadUnless(@Nullable EncodedRuleset served) {
        return store.loadUnless(served == null ? -1 : served.revision()).map(found -> {
            migrateInBackground();
            return found == null ? null : new EncodedRuleset(found.revision(), json(found));
        });
    }

    /** The schema may be old and still readable, so reads do not wait for its migration. */
    private void migrateInBackground() {
        store.migrate().onFailure(failure -> log.warn("cannot migrate the schema: {}", failure.toString()));
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

    /** Replaces all rows, as {@link RulesetStore#replace} does. */
    Future<Long> replace(RulesetRows rows, @Nullable Long expected) {
        return store.migrate().compose(done -> store.replace(rows, expected));
    }

    /** The document of stored columns. */
    static String json(RulesetColumns stored) {
        return "{\"revision\":" + stored.revision() + ",\"deployments\":[" + stored.deployments() + "],\"flags\":["
                + stored.flags() + "],\"cohorts\":[" + stored.cohorts() + "]}";
    }
}
