package io.variate.store;

import io.micrometer.core.instrument.MeterRegistry;
import io.variate.config.Settings;
import io.variate.observability.MetricNames;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The connections of this node to PostgreSQL.
 *
 * <p>Thread-safe. Nothing is connected before the first call.
 */
public final class Database {
    /** What PostgreSQL says of a schema, a table, a column or a function that it does not know. */
    private static final Set<String> NOT_IN_THE_SCHEMA = Set.of("3F000", "42P01", "42703", "42883");

    private final Vertx vertx;
    private final PostgresAccess access;
    private final PostgresHosts hosts;
    private final Duration timeout;
    private final Duration writeTimeout;
    private final MeterRegistry metrics;
    private final Pool pool;
    private @Nullable Future<Void> migration;

    /** @throws IllegalArgumentException if the URI of the settings cannot be read */
    public Database(Vertx vertx, Settings.Postgres settings, MeterRegistry metrics) {
        if (settings.uri() == null) {
            throw new IllegalArgumentException("postgres.uri: is missing");
        }
        this.vertx = vertx;
        this.access = new PostgresAccess(settings.uri(), settings);
        this.timeout = settings.connectTimeout();
        this.hosts = new PostgresHosts(vertx, access.hosts(), access.target(), timeout);
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
                .connectingTo(hosts::forPool)
                .using(vertx)
                .build();
    }

    Pool pool() {
        return pool;
    }

    /**
     * Brings the schema up to date; several nodes may do so at a time. Once it has succeeded it is not tried again: it
     * would find nothing to do, but takes a connection of its own.
     */
    synchronized Future<Void> migrate() {
        Future<Void> present = migration;
        if (present == null || present.failed()) {
            // A server that does not answer is found out by a question that may not take as long as a migration.
            present = bounded("reach", () -> pool.query("select 1").execute())
                    .compose(reached -> hosts.find())
                    .compose(host -> boundedWrite(
                            "migrate",
                            () -> vertx.executeBlocking(
                                    () -> {
                                        access.migrate(host, timeout, writeTimeout);
                                        return null;
                                    },
                                    false)));
            migration = present;
        }
        return present;
    }

    /** Asks, and if the schema is missing or an old one, brings it up to date and asks again. */
    <T> Future<T> withSchema(Supplier<Future<T>> question) {
        return question.get()
                .recover(failure -> isOfTheSchema(failure)
                        ? migrate().compose(done -> question.get())
                        : Future.failedFuture(failure));
    }

    private static boolean isOfTheSchema(Throwable failure) {
        return failure instanceof PgException refused && NOT_IN_THE_SCHEMA.contains(refused.getSqlState());
    }

    /** A listener for a channel, whose name needs no quotes. */
    ChangeListener listener(String channel, Runnable onChange) {
        return new ChangeListener(this, channel, onChange, metrics);
    }

    /**
     * Listens for notifications on a connection of its own.
     *
     * @param onNotification called with the payload, on a Vert.x context
     * @return the connection, once the server has accepted to listen
     */
    Future<PgConnection> listen(String channel, Consumer<String> onNotification) {
        Future<PgConnection> begun = hosts.find()
                .compose(host -> PgConnection.connect(vertx, host))
                .compose(connection -> {
                    ignoreUnasked(connection);
                    connection.notificationHandler(notification -> onNotification.accept(notification.getPayload()));
                    return connection
                            .query("listen " + channel)
                            .execute()
                            .map(connection)
                            .onFailure(failure -> connection.close());
                });
        return bounded("listen", () -> begun)
                // Too late is still a connection, which nobody else would close.
                .onFailure(failure -> begun.onSuccess(PgConnection::close));
    }

    /** Sends a notification; neither channel nor payload may need quotes. */
    Future<Void> notify(String channel, String payload) {
        return bounded("notify", () -> pool.query("select pg_notify('" + channel + "', '" + payload + "')")
                .execute()
                .mapEmpty());
    }

    /**
     * Does work in a transaction on a connection of its own, so that it may take long without keeping others waiting.
     *
     * @param work bounds its own steps
     * @return completes when it is committed; a failure has closed the connection, with which the server forgets it all
     */
    <T> Future<T> transaction(String query, Function<SqlConnection, Future<T>> work) {
        return counted(query, () -> connect().compose(connection -> inTimeOfAWrite(connection.begin())
                .compose(transaction -> work.apply(connection)
                        .compose(result -> inTimeOfAWrite(transaction.commit()).map(result)))
                .eventually(() -> {
                    connection.close();
                    return Future.succeededFuture();
                })));
    }

    private Future<PgConnection> connect() {
        Future<PgConnection> connecting =
                hosts.find().compose(host -> PgConnection.connect(vertx, host)).onSuccess(Database::ignoreUnasked);
        return connecting
                .timeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
                .onFailure(failure -> connecting.onSuccess(PgConnection::close));
    }

    /** Closes every connection of the pool. */
    Future<Void> close() {
        return pool.close();
    }

    /** What the server says unasked, such as that it shuts down, shows in the next query; the client would print it. */
    static SqlConnection ignoreUnasked(SqlConnection connection) {
        return connection.exceptionHandler(unasked -> {});
    }

    <T> Future<T> bounded(String query, Supplier<Future<T>> work) {
        return counted(query, () -> inTimeOfAQuery(work.get()));
    }

    <T> Future<T> inTimeOfAQuery(Future<T> work) {
        return work.timeout(timeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    <T> Future<T> boundedWrite(String query, Supplier<Future<T>> work) {
        return counted(query, () -> inTimeOfAWrite(work.get()));
    }

    <T> Future<T> inTimeOfAWrite(Future<T> work) {
        return work.timeout(writeTimeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    private <T> Future<T> counted(String query, Supplier<Future<T>> work) {
        return work.get().onComplete(done -> metrics.counter(
                        MetricNames.POSTGRES_QUERIES, "query", query, "outcome", done.succeeded() ? "ok" : "failed")
                .increment());
    }
}
