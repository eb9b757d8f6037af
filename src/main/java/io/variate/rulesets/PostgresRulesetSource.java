package io.variate.rulesets;

import io.variate.store.ChangeListening;
import io.variate.store.RulesetStore;
import io.variate.store.StoredDocument;
import io.variate.store.StoredRuleset;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The ruleset in PostgreSQL. */
public final class PostgresRulesetSource implements RulesetSource {
    private static final Logger log = LoggerFactory.getLogger(PostgresRulesetSource.class);

    private final RulesetStore store;
    private volatile @Nullable ChangeListening listening;

    /** Reads from the store, and closes it when it is closed itself. */
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
            migrateBeside();
            return found == null ? null : encode(found);
        });
    }

    /** A schema that can be read may still be an old one; nobody waits for the new one. */
    private void migrateBeside() {
        store.migrate()
                .onFailure(failure -> log.warn("the schema cannot be brought up to date: {}", failure.toString()));
    }

    @Override
    public Future<Void> watch(Runnable onChange) {
        ChangeListening current = listening;
        if (current != null && current.alive()) {
            return Future.succeededFuture();
        }
        return store.listen(onChange).onSuccess(begun -> listening = begun).mapEmpty();
    }

    @Override
    public Future<Void> close() {
        ChangeListening current = listening;
        Future<Void> deaf = current == null ? Future.succeededFuture() : current.close();
        return deaf.eventually(store::close);
    }

    /** Replaces all rows, as {@link RulesetStore#replace} does. */
    Future<Long> replace(StoredRuleset rows, @Nullable Long expected) {
        return store.migrate().compose(done -> store.replace(rows, expected));
    }

    private static EncodedRuleset encode(StoredDocument stored) {
        String json = "{\"revision\":" + stored.revision() + ",\"deployments\":[" + stored.deployments()
                + "],\"flags\":[" + stored.flags() + "],\"cohorts\":[" + stored.cohorts() + "]}";
        return new EncodedRuleset(stored.revision(), json);
    }
}
