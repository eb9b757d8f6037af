package io.variate.store;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The statements with which nodes of the previous release read and replace the ruleset, sent by the same client. */
final class PreviousRelease implements AutoCloseable {
    private final Pool pool;

    PreviousRelease(Vertx vertx, String uri) {
        pool = PgBuilder.pool()
                .with(new PoolOptions().setMaxSize(2))
                .connectingTo(PgConnectOptions.fromUri(uri)
                        .setUseLayer7Proxy(true)
                        .setCachePreparedStatements(false)
                        .setPipeliningLimit(1))
                .using(vertx)
                .build();
    }

    /** Reads revision, deployments, flags and cohorts, separated by spaces. */
    Future<String> read() {
        return pool.query("select revision, " + elements("deployment") + ", " + elements("flag") + ", "
                        + elements("cohort") + " from variate.ruleset where revision <> -1")
                .execute()
                .map(rows -> rows.iterator().next())
                .map(row -> row.getLong(0) + " " + row.getString(1) + " " + row.getString(2) + " " + row.getString(3));
    }

    private static String elements(String table) {
        return "(select coalesce(string_agg(definition::text, ',' order by position), '') from variate." + table + ")";
    }

    /**
     * Replaces the ruleset.
     *
     * @param beforeCommit delays the end of the transaction
     */
    Future<Void> replace(
            Map<String, String> deployments,
            Map<String, String> flags,
            Map<String, String> cohorts,
            Future<Void> beforeCommit) {
        return pool.withTransaction(connection -> connection
                .query("select revision from variate.ruleset for update")
                .execute()
                .compose(locked -> replaceRows(connection, "deployment", "key", deployments))
                .compose(done -> replaceRows(connection, "flag", "key", flags))
                .compose(done -> replaceRows(connection, "cohort", "id", cohorts))
                .compose(done -> connection
                        .query("update variate.ruleset set revision = revision + 1, changed_at = now()")
                        .execute())
                .compose(done -> beforeCommit));
    }

    /** Replaces the ruleset with flags, whose keys are their definitions in quotes. */
    Future<Void> replaceFlags(String... keys) {
        Map<String, String> flags = new TreeMap<>();
        List.of(keys).forEach(key -> flags.put(key, '"' + key + '"'));
        return replace(Map.of(), flags, Map.of(), Future.succeededFuture());
    }

    private static Future<Void> replaceRows(
            SqlConnection connection, String table, String keyColumn, Map<String, String> rows) {
        Future<Void> emptied =
                connection.query("delete from variate." + table).execute().mapEmpty();
        if (rows.isEmpty()) {
            return emptied;
        }
        int[] position = {0};
        List<Tuple> tuples = rows.entrySet().stream()
                .map(row -> Tuple.of(row.getKey(), position[0]++, row.getValue()))
                .toList();
        String insert = "insert into variate." + table + " (" + keyColumn
                + ", position, definition) values ($1, $2, $3::text::json)";
        return emptied.compose(
                done -> connection.preparedQuery(insert).executeBatch(tuples).mapEmpty());
    }

    @Override
    public void close() throws TimeoutException {
        pool.close().await(20, TimeUnit.SECONDS);
    }
}
