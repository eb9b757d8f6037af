package io.variate.store;

import io.variate.store.RulesetRows.Row;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The ruleset in PostgreSQL, the truth of a cluster.
 *
 * <p>Thread-safe. Nothing is connected before the first call; every future fails within the configured time when the
 * database does not answer.
 */
public final class RulesetStore {
    private final Database database;

    /** Reads and writes this database, and closes it when it is closed itself. */
    public RulesetStore(Database database) {
        this.database = database;
    }

    /** Brings the schema up to date; several nodes may do so at a time. */
    public Future<Void> migrate() {
        return database.migrate();
    }

    /**
     * The whole ruleset, all of one revision, in one round trip: a single statement sees one state of the database.
     *
     * @param revision what the caller has, or -1 for nothing
     * @return null if the database has just that
     */
    public Future<@Nullable RulesetColumns> loadUnless(long revision) {
        // Not prepared, which would be a round trip more on every new connection, and the number needs no quoting.
        String query = "select revision, " + elements("deployment") + ", " + elements("flag") + ", "
                + elements("cohort") + " from variate.ruleset where revision <> " + revision;
        return database.withSchema(() -> database.bounded("load", () -> database.pool()
                .query(query)
                .execute()
                .map(rows -> rows.size() == 0 ? null : document(rows.iterator().next()))));
    }

    private static String elements(String table) {
        return "(select coalesce(string_agg(definition::text, ',' order by position), '') from variate." + table + ")";
    }

    private static RulesetColumns document(io.vertx.sqlclient.Row row) {
        return new RulesetColumns(row.getLong(0), row.getString(1), row.getString(2), row.getString(3));
    }

    /**
     * Replaces the whole ruleset.
     *
     * @param ruleset its revision is not used: the next one is given
     * @param expected the revision that must be the current one, or null for any
     * @return the new revision; fails with {@link RevisionConflictException} if another was current
     */
    public Future<Long> replace(RulesetRows ruleset, @Nullable Long expected) {
        return database.boundedWrite("replace", () -> database.pool()
                .withTransaction(connection -> lockedRevision(connection).compose(current -> {
                    if (expected != null && expected.longValue() != current) {
                        return Future.failedFuture(new RevisionConflictException(expected, current));
                    }
                    return replaceRows(connection, "deployment", "key", ruleset.deployments())
                            .compose(done -> replaceRows(connection, "flag", "key", ruleset.flags()))
                            .compose(done -> replaceRows(connection, "cohort", "id", ruleset.cohorts()))
                            .compose(done -> connection
                                    .query("update variate.ruleset set revision = revision + 1, changed_at = now()")
                                    .execute())
                            .map(current + 1);
                })));
    }

    /** Listens for commits that change the revision. */
    public ChangeListener listener(Runnable onChange) {
        return database.listener("variate_ruleset", onChange);
    }

    /** Closes every connection of the pool. */
    public Future<Void> close() {
        return database.close();
    }

    private static Future<Long> lockedRevision(SqlConnection connection) {
        return Database.ignoreUnasked(connection)
                .query("select revision from variate.ruleset for update")
                .execute()
                .map(rows -> rows.iterator().next().getLong(0));
    }

    private static Future<Void> replaceRows(SqlConnection connection, String table, String keyColumn, List<Row> rows) {
        Future<Void> emptied =
                connection.query("delete from variate." + table).execute().mapEmpty();
        if (rows.isEmpty()) {
            return emptied;
        }
        List<Tuple> tuples = new ArrayList<>(rows.size());
        for (int position = 0; position < rows.size(); position++) {
            Row row = rows.get(position);
            tuples.add(Tuple.of(row.key(), position, row.definition()));
        }
        String insert = "insert into variate." + table + " (" + keyColumn
                + ", position, definition) values ($1, $2, $3::text::json)";
        return emptied.compose(
                done -> connection.preparedQuery(insert).executeBatch(tuples).mapEmpty());
    }
}
