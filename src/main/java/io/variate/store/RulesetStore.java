package io.variate.store;

import io.micrometer.core.instrument.MeterRegistry;
import io.variate.config.Settings;
import io.variate.observability.MetricNames;
import io.variate.store.StoredRuleset.Row;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The ruleset in PostgreSQL, the truth of a cluster.
 *
 * <p>Thread-safe. Nothing is connected before the first call; every future fails within the configured time when the
 * database does not answer.
 */
public final class RulesetStore {
    private final Vertx vertx;
    private final PostgresAccess access;
    private final Duration timeout;
    private final Duration writeTimeout;
    private final MeterRegistry metrics;
    private final Pool pool;

    /** @throws IllegalArgumentException if the URI of the settings cannot be read */
    public RulesetStore(Vertx vertx, Settings.Postgres settings, MeterRegistry metrics) {
        if (settings.uri() == null) {
            throw new IllegalArgumentException("postgres.uri: is missing");
        }
        this.vertx = vertx;
        this.access = new PostgresAccess(settings.uri(), settings);
        this.timeout = settings.connectTimeout();
        this.writeTimeout = settings.writeTimeout();
        this.metrics = metrics;
        int millis = Math.toIntExact(timeout.toMillis());
        this.pool = PgBuilder.pool()
                .with(new PoolOptions()
                        .setName("postgres")
                        .setMaxSize(settings.poolSize())
                        .setConnectionTimeout(millis)
                        .setConnectionTimeoutUnit(TimeUnit.MILLISECONDS))
                .with(new NetClientOptions().setConnectTimeout(millis))
                .connectingTo(access.options())
                .using(vertx)
                .build();
    }

    /** Brings the schema up to date; several nodes may do so at a time. */
    public Future<Void> migrate() {
        return boundedWrite(
                "migrate",
                () -> vertx.executeBlocking(
                        () -> {
                            access.migrate(timeout, writeTimeout);
                            return null;
                        },
                        false));
    }

    /** The current revision. */
    public Future<Long> revision() {
        return bounded("revision", () -> revision(pool, ""));
    }

    /** The whole ruleset, all of one revision. */
    public Future<StoredRuleset> load() {
        return bounded(
                "load",
                () -> pool.withTransaction(connection -> ignoreUnasked(connection)
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
        return boundedWrite(
                "replace",
                () -> pool.withTransaction(connection -> revision(ignoreUnasked(connection), " for update")
                        .compose(current -> {
                            if (expected != null && expected.longValue() != current) {
                                return Future.failedFuture(new RevisionConflictException(expected, current));
                            }
                            return replaceRows(connection, "deployment", "key", ruleset.deployments())
                                    .compose(done -> replaceRows(connection, "flag", "key", ruleset.flags()))
                                    .compose(done -> replaceRows(connection, "cohort", "id", ruleset.cohorts()))
                                    .compose(done -> connection
                                            .query(
                                                    "update variate.ruleset set revision = revision + 1, changed_at = now()")
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
        Future<ChangeListening> begun = connectAndListen(onChange);
        return bounded("listen", () -> begun)
                // Too late is still a connection, which nobody else would close.
                .onFailure(failure -> begun.onSuccess(ChangeListening::close));
    }

    private Future<ChangeListening> connectAndListen(Runnable onChange) {
        return PgConnection.connect(vertx, access.options()).compose(connection -> {
            ignoreUnasked(connection);
            connection.notificationHandler(notification -> onChange.run());
            return connection
                    .query("listen variate_ruleset")
                    .execute()
                    .map(new ChangeListening(connection))
                    .onFailure(failure -> connection.close());
        });
    }

    /** Closes every connection of the pool. */
    public Future<Void> close() {
        return pool.close();
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

    /** What the server says unasked, such as that it shuts down, shows in the next query; the client would print it. */
    private static SqlConnection ignoreUnasked(SqlConnection connection) {
        return connection.exceptionHandler(unasked -> {});
    }

    private <T> Future<T> bounded(String query, Supplier<Future<T>> work) {
        return counted(query, () -> work.get().timeout(timeout.toMillis(), TimeUnit.MILLISECONDS));
    }

    private <T> Future<T> boundedWrite(String query, Supplier<Future<T>> work) {
        return counted(query, () -> work.get().timeout(writeTimeout.toMillis(), TimeUnit.MILLISECONDS));
    }

    private <T> Future<T> counted(String query, Supplier<Future<T>> work) {
        return work.get().onComplete(done -> metrics.counter(
                        MetricNames.POSTGRES_QUERIES, "query", query, "outcome", done.succeeded() ? "ok" : "failed")
                .increment());
    }
}
