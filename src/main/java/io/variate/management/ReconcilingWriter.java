package io.variate.management;

import io.variate.management.translation.CompilerSettings;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.Ruleset;
import io.variate.rulesets.RulesetWriter;
import io.variate.rulesets.WriteOrigin;
import io.variate.rulesets.rows.RowChanges;
import io.variate.rulesets.rows.RowKey;
import io.variate.rulesets.rows.RowSet;
import io.variate.rulesets.rows.RulesetDelta;
import io.variate.store.ResourceStore;
import io.variate.store.ResourceTransaction;
import io.variate.store.ResourceTransaction.TouchedRow;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Writes documents and single rows, and brings the resources in line in the same transaction. So versions and the audit name
 * who wrote. Thread-safe.
 */
public final class ReconcilingWriter implements RulesetWriter {
    private final ResourceStore store;
    private final CurrentRuleset current;
    private final CompilerSettings settings;

    /** Writes to a database, which must descend from the ruleset that this node serves. */
    public ReconcilingWriter(ResourceStore store, CurrentRuleset current, CompilerSettings settings) {
        this.store = store;
        this.current = current;
        this.settings = settings;
    }

    @Override
    public Future<RulesetDelta> change(WriteOrigin origin, @Nullable Long expected, Function<RowSet, RowSet> edit) {
        Ruleset served = current.get();
        return store.write(
                served == null ? null : served.rows(), expected, transaction -> Reconciliation.ofUnknownWrites(
                                transaction, settings)
                        .compose(reconciled -> transaction.onWorker(
                                () -> edit.apply(transaction.before().rows())))
                        .compose(edited -> transaction
                                .replaceRows(edited)
                                .compose(delta -> reconcile(transaction, origin, edited, delta))));
    }

    private Future<RulesetDelta> reconcile(
            ResourceTransaction transaction, WriteOrigin origin, RowSet edited, RulesetDelta delta) {
        return new Reconciliation(transaction, edited, touched(transaction, delta), origin, settings)
                .run()
                .compose(reconciled -> transaction.markReconciled(delta.to()))
                .map(delta);
    }

    private static List<TouchedRow> touched(ResourceTransaction transaction, RulesetDelta delta) {
        RowChanges changes = delta.changes();
        List<RowKey> keys = new ArrayList<>(changes.removed());
        changes.changed().forEach(row -> keys.add(row.key()));
        return keys.stream()
                .map(key -> new TouchedRow(key, delta.to().number(), transaction.now()))
                .toList();
    }
}
