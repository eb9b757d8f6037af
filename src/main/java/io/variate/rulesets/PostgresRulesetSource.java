package io.variate.rulesets;

import io.variate.store.ChangeListening;
import io.variate.store.RulesetStore;
import io.variate.store.StoredRuleset;
import io.variate.store.StoredRuleset.Row;
import io.vertx.core.Future;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The ruleset in PostgreSQL. */
public final class PostgresRulesetSource implements RulesetSource {
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
        return store.migrate()
                .compose(done -> store.revision())
                .compose(revision -> served != null && revision == served.revision()
                        ? Future.succeededFuture()
                        : store.load().map(PostgresRulesetSource::encode));
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

    /** The rows as a document; they hold JSON, so joining them is enough. */
    private static EncodedRuleset encode(StoredRuleset stored) {
        String json = "{\"revision\":" + stored.revision() + ",\"deployments\":" + array(stored.deployments())
                + ",\"flags\":" + array(stored.flags()) + ",\"cohorts\":" + array(stored.cohorts()) + "}";
        return new EncodedRuleset(stored.revision(), json);
    }

    private static String array(List<Row> rows) {
        return rows.stream().map(Row::definition).collect(Collectors.joining(",", "[", "]"));
    }
}
