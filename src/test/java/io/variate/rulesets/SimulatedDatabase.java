package io.variate.rulesets;

import io.variate.rulesets.rows.Revision;
import io.variate.rulesets.rows.RowSet;
import io.variate.rulesets.rows.RulesetDelta;
import io.variate.rulesets.rows.RulesetReading;
import io.variate.rulesets.rows.RulesetRows;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A database in memory whose backups can be restored. Thread-safe. */
final class SimulatedDatabase {
    private static final String HISTORY = "db";

    /** Readers that are further behind read everything. */
    private static final int MAX_BEHIND = 5;

    private final Map<Revision, RowSet> known = new HashMap<>();
    private List<RulesetRows> log = new ArrayList<>();

    /** Readers with a lower number follow, whatever they serve: an operator decided so. */
    private long recovered = -1;

    SimulatedDatabase() {
        append(RulesetRows.of(HISTORY, 0, RowSet.EMPTY));
    }

    private void append(RulesetRows rows) {
        log.add(rows);
        known.put(rows.revision(), rows.rows());
    }

    synchronized RulesetRows current() {
        return log.get(log.size() - 1);
    }

    /** The rows that were once committed under a revision, or null. */
    synchronized @Nullable RowSet known(Revision revision) {
        return known.get(revision);
    }

    synchronized void commit(UnaryOperator<RowSet> edit) {
        append(RulesetRows.of(
                HISTORY, current().revision().number() + 1, edit.apply(current().rows())));
    }

    synchronized void restore(Random random) {
        log = new ArrayList<>(log.subList(0, 1 + random.nextInt(log.size())));
    }

    synchronized boolean continues(Revision served) {
        return indexOf(served) >= 0
                || served.number() < Math.min(recovered, current().revision().number());
    }

    private int indexOf(Revision revision) {
        for (int i = log.size() - 1; i >= 0; i--) {
            if (log.get(i).revision().equals(revision)) {
                return i;
            }
        }
        return -1;
    }

    synchronized void recover(RulesetRows served, boolean keepDatabase) {
        recovered = Math.max(served.revision().number(), current().revision().number()) + 1;
        append(RulesetRows.of(HISTORY, recovered, keepDatabase ? current().rows() : served.rows()));
    }

    synchronized RulesetReading read(@Nullable RulesetRows served) {
        RulesetRows current = current();
        if (served == null) {
            return new RulesetReading.Whole(current);
        }
        Revision revision = served.revision();
        if (revision.equals(current.revision())) {
            return new RulesetReading.Unchanged();
        }
        if (!continues(revision)) {
            return new RulesetReading.Diverged(current.revision());
        }
        int index = indexOf(revision);
        return index >= 0 && log.size() - 1 - index <= MAX_BEHIND
                ? new RulesetReading.Changed(new RulesetDelta(
                        revision, current.revision(), served.rows().changesTo(current.rows())))
                : new RulesetReading.Whole(current);
    }

    /** How a node reads the database. */
    interface Reader {
        Future<RulesetReading> read(@Nullable RulesetRows served);
    }

    /** A source whose notifications are lost: a test checks. */
    static RulesetSource source(Reader reader) {
        return new RulesetSource() {
            @Override
            public Origin origin() {
                return Origin.POSTGRES;
            }

            @Override
            public Future<RulesetReading> readSince(@Nullable RulesetRows served) {
                return reader.read(served);
            }

            @Override
            public void watch(Runnable onChange) {
                // The steps of a run check.
            }

            @Override
            public Future<Void> close() {
                return Future.succeededFuture();
            }
        };
    }
}
