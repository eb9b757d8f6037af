package io.variate.rulesets;

import io.variate.rulesets.document.EncodedRuleset;
import io.variate.rulesets.document.RulesetReader;
import io.variate.rulesets.rows.ProjectRows;
import io.variate.rulesets.rows.Revision;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowSet;
import io.variate.rulesets.rows.RulesetDelta;
import io.variate.store.ChangeListener;
import io.variate.store.RulesetColumns;
import io.variate.store.RulesetRows;
import io.variate.store.RulesetStore;
import io.vertx.core.Future;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
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

    /** Changes the rows of the project without a name. */
    public Future<RulesetDelta> change(@Nullable Long expected, Function<RowSet, RowSet> edit) {
        return store.migrate().compose(done -> store.loadUnless(-1)).compose(found -> {
            RulesetColumns columns = Objects.requireNonNull(found);
            RowSet present = RulesetReader.read(json(columns)).document().toRowSet(RowSet.EMPTY);
            RowSet edited = edit.apply(present);
            ProjectRows rows = edited.project("");
            return store.replace(stored(rows), expected == null ? Long.valueOf(columns.revision()) : expected)
                    .map(revision -> new RulesetDelta(
                            new Revision("", columns.revision(), present.digest()),
                            new Revision("", revision, edited.digest()),
                            present.changesTo(edited)));
        });
    }

    private static RulesetRows stored(@Nullable ProjectRows rows) {
        return rows == null
                ? new RulesetRows(0, List.of(), List.of(), List.of())
                : new RulesetRows(0, stored(rows.deployments()), stored(rows.flags()), stored(rows.cohorts()));
    }

    private static List<RulesetRows.Row> stored(List<Row> rows) {
        return rows.stream()
                .map(row -> new RulesetRows.Row(row.key().key(), row.definition()))
                .toList();
    }

    /** The document of stored columns. */
    static String json(RulesetColumns stored) {
        return "{\"revision\":" + stored.revision() + ",\"deployments\":[" + stored.deployments() + "],\"flags\":["
                + stored.flags() + "],\"cohorts\":[" + stored.cohorts() + "]}";
    }
}
