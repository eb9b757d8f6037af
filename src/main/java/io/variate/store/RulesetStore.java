package io.variate.store;

import io.variate.store.StoredRuleset.Row;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
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

    /** The current revision. */
    public Future<Long> revision() {
        return database.bounded("revision", () -> revision(database.pool(), ""));
    }

    /** The whole ruleset, all of one revision. */
    public Future<StoredRuleset> load() {
        return database.bounded(
                "load", () -> database.pool().withTransaction(connection -> Database.ignoreUnasked(connection)
                        .query("set transaction isolation level repeatable read read only")
                        .execute()
                        .compose(set -> read(connection))));
    }

    /**
     * Replaces the whole ruleset.
     *
     * @param ruleset its revision is not used: the next one is given
     * @param expected the revision that must be the current one, or null for any
     * @return the new revision; fails with {@link RevisionConflictException} if another was current
     */
    public Future<Long> replace(StoredRuleset ruleset, @Nullable Long expected) {
        return database.boundedWrite("replace", () -> database.pool().withTransaction(connection -> revision(
                        Database.ignoreUnasked(connection), " for update")
                .compose(current -> {
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

    /**
     * Listens for changes on a connection of its own.
     *
     * @param onChange called on a Vert.x context after each commit that changes the revision
     * @return completes when listening has begun; the value closes it and tells when it is gone
     */
    public Future<ChangeListening> listen(Runnable onChange) {
        return database.listen("variate_ruleset", onChange);
    }

    /** Closes every connection of the pool. */
    public Future<Void> close() {
        return database.close();
    }

    private static Future<StoredRuleset> read(SqlConnection connection) {
        return revision(connection, "").compose(revision -> rows(connection, "deployment", "key")
                .compose(
                        deployments -> rows(connection, "flag", "key").compose(flags -> rows(connection, "cohort", "id")
                                .map(cohorts -> new StoredRuleset(revision, deployments, flags, cohorts)))));
    }

    private static Future<Long> revision(SqlClient client, String locking) {
        return client.query("select revision from variate.ruleset" + locking)
                .execute()
                .map(rows -> rows.iterator().next().getLong(0));
    }

    private static Future<List<Row>> rows(SqlConnection connection, String table, String keyColumn) {
        return connection
                .query("select " + keyColumn + ", definition::text from variate." + table + " order by position")
                .execute()
                .map(found -> {
                    List<Row> rows = new ArrayList<>(found.size());
                    found.forEach(row -> rows.add(new Row(row.getString(0), row.getString(1))));
                    return rows;
                });
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
