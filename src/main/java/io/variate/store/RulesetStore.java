package io.variate.store;

import io.variate.store.RulesetRows.Row;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The ruleset in PostgreSQL, the source of truth of a cluster.
 *
 * <p>Thread-safe. Connects with the first call. Every future fails within the configured timeout if the database does not
 * respond.
 */
public final class RulesetStore {
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
     * Reads the whole ruleset in one round trip. A single statement sees one state of the database, so all rows belong to
     * one revision.
     *
     * @param revision the revision that the caller has, or -1
     * @return the ruleset, or null if the database still has {@code revision}
     */
    public Future<@Nullable RulesetColumns> loadUnless(long revision) {
        // Preparing would cost a round trip on every new connection, and the number needs no quoting.
        String query = "select revision, " + elements("deployment") + ", " + elements("flag") + ", "
                + elements("cohort") + " from variate.ruleset where revision <> " + revision;
        return database.withSchema(() -> database.bounded("load", () -> database.pool()
                .query(query)
                .execute()
                .map(rows -> rows.size() == 0 ? null : columns(rows.iterator().next()))));
    }

    private static String elements(String table) {
        return "(select coalesce(string_agg(definition::text, ',' order by position), '') from variate." + table + ")";
    }

    private static RulesetColumns columns(io.vertx.sqlclient.Row row) {
        return new RulesetColumns(row.getLong(0), row.getString(1), row.getString(2), row.getString(3));
    }

    /**
     * Replaces the whole ruleset.
     *
     * @param rows the new rows; their revision is ignored, because the store assigns the next one
     * @param expected the revision that must be the current one, or null for any
     * @return the new revision; fails with {@link RevisionConflictException} if another one is current
     */
    public Future<Long> replace(RulesetRows rows, @Nullable Long expected) {
        return database.boundedWrite("replace", () -> database.pool()
                .withTransaction(connection -> lockedRevision(connection).compose(current -> {
                    if (expected != null && expected.longValue() != current) {
                        return Future.failedFuture(new RevisionConflictException(expected, current));
                    }
                    return replaceRows(connection, "deployment", "key", rows.deployments())
                            .compose(done -> replaceRows(connection, "flag", "key", rows.flags()))
                            .compose(done -> replaceRows(connection, "cohort", "id", rows.cohorts()))
                            .compose(done -> connection
                                    .query("update variate.ruleset set revision = revision + 1, changed_at = now()")
                                    .execute())
                            .map(current + 1);
                })));
    }

    /** Creates a listener for commits that change the revision. */
    public ChangeListener listener(Runnable onChange) {
        return database.listener("variate_ruleset", onChange);
    }

    /** Closes the pool of connections. */
    public Future<Void> close() {
        return database.close();
    }

    private static Future<Long> lockedRevision(SqlConnection connection) {
        return Database.ignoreUnsolicitedErrors(connection)
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
