package io.variate.store;

import io.variate.rulesets.rows.Revision;
import io.variate.rulesets.rows.RowSet;
import io.variate.rulesets.rows.RulesetDelta;
import io.variate.rulesets.rows.RulesetReading;
import io.variate.rulesets.rows.RulesetRows;
import io.variate.store.RulesetStatements.All;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ruleset in PostgreSQL, the source of truth of a cluster.
 *
 * <p>Thread-safe. Connects with the first call. Every future fails within the configured timeout if the database does not
 * respond; a ruleset of many rows is read and written in several steps, each of which may take as long.
 */
public final class RulesetStore {
    private static final Logger log = LoggerFactory.getLogger(RulesetStore.class);

    /** A change of so many rows is read as such without comparing it with the number of all rows. */
    static final int SMALL_CHANGE = 1000;

    private final Database database;

    /** Reads and writes this database, which {@link #close} closes. */
    public RulesetStore(Database database) {
        this.database = database;
    }

    /** Migrates the schema. Several nodes may do so concurrently. */
    public Future<Void> migrate() {
        return database.migrate();
    }

    /**
     * Reads what has changed since a revision.
     *
     * <p>Returns {@link RulesetReading.Whole} without a revision, for one that is too old for a delta, and after a change of
     * most rows. If the digest of the database is not that of its rows, for example because somebody edited rows and did not
     * raise the revision, this logs an error, takes a revision with the right digest and returns it as a whole.
     *
     * @param served the revision that the caller serves, or null
     * @return one state of the database
     */
    public Future<RulesetReading> readSince(@Nullable Revision served) {
        return database.withSchema(() -> served == null ? whole() : since(served, SMALL_CHANGE));
    }

    private Future<RulesetReading> since(Revision served, int limit) {
        return database.bounded("load", () -> RulesetStatements.changes(database, database.pool(), served, limit))
                .compose(found -> switch (found.state().relation(served)) {
                    case SAME -> Future.succeededFuture(new RulesetReading.Unchanged());
                    case DIVERGED ->
                        Future.succeededFuture(
                                new RulesetReading.Diverged(found.state().revision()));
                    case UNKNOWN -> whole();
                    case ANCESTOR ->
                        found.complete()
                                ? Future.succeededFuture(new RulesetReading.Changed(
                                        new RulesetDelta(served, found.state().revision(), found.changes())))
                                : large(served, limit);
                });
    }

    /** A large change is read as such only if it leaves most rows alone. */
    private Future<RulesetReading> large(Revision served, int limit) {
        if (limit > SMALL_CHANGE) {
            return whole();
        }
        return database.bounded("count", () -> RulesetStatements.count(database.pool()))
                .compose(count -> {
                    int half = Math.toIntExact(count / 2);
                    return half > limit ? since(served, half) : whole();
                });
    }

    private Future<RulesetReading> whole() {
        return all().compose(found -> isConsistent(found)
                        ? Future.succeededFuture(found)
                        : correct(
                                        found,
                                        () -> database.boundedWrite(
                                                "correct",
                                                () -> RulesetStatements.correctDigest(
                                                        database.pool(),
                                                        found.state().revision())))
                                .compose(corrected -> all()))
                .map(found -> new RulesetReading.Whole(rows(found)));
    }

    /** Reads all rows. Only a large ruleset needs a transaction. */
    private Future<All> all() {
        return database.bounded("load", () -> RulesetStatements.first(database, database.pool()))
                .compose(found -> found == null
                        ? database.readInSteps(
                                "load-all", (connection, done) -> RulesetStatements.all(database, connection, done))
                        : Future.succeededFuture(found));
    }

    /**
     * Changes rows in one transaction, which takes one new revision and writes only rows that differ. An edit without any
     * difference takes a revision too, so that of several edits of one revision only the first succeeds.
     *
     * @param known what the caller serves, or null. Saves reading all rows
     * @param expected the number of the revision that must be the current one, or null for any
     * @param edit called with the current rows on a worker thread, at most once for each attempt, and without side effects:
     *     an outdated schema causes a second attempt. An exception rolls the transaction back and fails the future
     * @return the change from the previous revision of the database; fails with {@link RevisionConflictException} if another
     *     revision is current, and with {@link HistoryDivergedException} if the database does not continue {@code known}
     */
    public Future<RulesetDelta> change(
            @Nullable RulesetRows known, @Nullable Long expected, Function<RowSet, RowSet> edit) {
        return write("change", (connection, done) -> lock(connection, known, expected, done)
                .compose(current -> database.onWorker(() -> edit.apply(current.rows()))
                        .compose(edited -> commit(connection, current, edited, done))));
    }

    /**
     * Locks the ruleset against other writers until the end of the transaction, and reads its rows.
     *
     * @param known what the caller serves, or null
     * @param expected the number of the revision that must be the current one, or null for any
     */
    Future<RulesetRows> lock(
            SqlClient connection, @Nullable RulesetRows known, @Nullable Long expected, Runnable done) {
        return RulesetStatements.lock(connection).compose(locked -> {
            done.run();
            if (expected != null && expected.longValue() != locked.number()) {
                return Future.failedFuture(new RevisionConflictException(expected, locked.number()));
            }
            return known != null && known.revision().equals(locked)
                    ? Future.succeededFuture(known)
                    : current(connection, known, done);
        });
    }

    /** Reads the current rows, or only what changed since those that are known. */
    private Future<RulesetRows> current(SqlClient connection, @Nullable RulesetRows known, Runnable done) {
        if (known == null) {
            return all(connection, done);
        }
        return RulesetStatements.changes(database, connection, known.revision(), SMALL_CHANGE)
                .compose(found -> {
                    Revision revision = found.state().revision();
                    return switch (found.state().relation(known.revision())) {
                        case SAME -> Future.succeededFuture(known);
                        case DIVERGED -> Future.failedFuture(new HistoryDivergedException(known.revision(), revision));
                        case UNKNOWN -> all(connection, done);
                        case ANCESTOR ->
                            found.complete()
                                    ? database.onWorker(() -> known.rows().apply(found.changes()))
                                            .compose(rows -> rows.digest().equals(revision.digest())
                                                    ? Future.succeededFuture(new RulesetRows(revision, rows))
                                                    : all(connection, done))
                                    : all(connection, done);
                    };
                });
    }

    private Future<RulesetRows> all(SqlClient connection, Runnable done) {
        return RulesetStatements.all(database, connection, done)
                .compose(found -> isConsistent(found)
                        ? Future.succeededFuture(found)
                        : correct(
                                        found,
                                        () -> RulesetStatements.correctDigest(
                                                connection, found.state().revision()))
                                .compose(corrected -> RulesetStatements.all(database, connection, done)))
                .map(RulesetStore::rows);
    }

    /** Writes the rows that differ, and takes the next revision. */
    Future<RulesetDelta> commit(SqlClient connection, RulesetRows current, RowSet edited, Runnable done) {
        done.run();
        return database.onWorker(() -> current.rows().changesTo(edited))
                .compose(changes -> RulesetStatements.write(connection, changes, done)
                        .compose(written -> RulesetStatements.advance(connection, edited.digest()))
                        .map(next -> {
                            done.run();
                            return new RulesetDelta(current.revision(), next, changes);
                        }));
    }

    /**
     * Makes a diverged database continue the history that is served, with a revision above both. All readers then read
     * everything.
     *
     * @param served what the caller serves
     * @param keep the rows to continue with, or null for those of the database
     * @return the new revision; fails with {@link NotDivergedException} if the database continues {@code served}
     */
    public Future<Revision> recover(Revision served, @Nullable RowSet keep) {
        return write("recover", (connection, done) -> RulesetStatements.lock(connection)
                .compose(locked -> RulesetStatements.changes(database, connection, served, 0))
                .compose(found -> found.state().relation(served) == StoredState.Relation.DIVERGED
                        ? Future.<Void>succeededFuture()
                        : Future.failedFuture(
                                new NotDivergedException(served, found.state().revision())))
                .compose(diverged -> keep == null ? Future.succeededFuture() : overwrite(connection, keep, done))
                .compose(written -> RulesetStatements.adopt(connection, served)));
    }

    private Future<Void> overwrite(SqlClient connection, RowSet keep, Runnable done) {
        return RulesetStatements.all(database, connection, done)
                .compose(found -> database.onWorker(() -> found.rows().changesTo(keep)))
                .compose(changes -> RulesetStatements.write(connection, changes, done));
    }

    private <T> Future<T> write(String query, BiFunction<SqlConnection, Runnable, Future<T>> work) {
        return database.withSchema(() -> database.writeInSteps(query, work));
    }

    private static boolean isConsistent(All found) {
        return found.state().revision().digest().equals(found.rows().digest());
    }

    private static Future<Void> correct(All wrong, Supplier<Future<Void>> correction) {
        Revision revision = wrong.state().revision();
        log.error(
                "the digest of the ruleset is not that of its rows; taking a new revision: revision={} rows={} stored={}"
                        + " found={}",
                revision.number(),
                wrong.rows().size(),
                revision.digest(),
                wrong.rows().digest());
        return correction.get();
    }

    /** Fails if the digest is still wrong, for example because somebody is editing rows at this moment. */
    private static RulesetRows rows(All found) {
        return new RulesetRows(found.state().revision(), found.rows());
    }

    /** Creates a listener for commits that change the revision. */
    public ChangeListener listener(Runnable onChange) {
        return database.listener("variate_ruleset", onChange);
    }

    /** Closes the pool of connections. */
    public Future<Void> close() {
        return database.close();
    }
}
