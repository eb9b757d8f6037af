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
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The connections of this node to PostgreSQL.
 *
 * <p>Thread-safe. Connects with the first call.
 */
public final class Database {
    /** SQL states of PostgreSQL for an undefined schema, table, column or function. */
    private static final Set<String> UNDEFINED_OBJECT = Set.of("3F000", "42P01", "42703", "42883");

    private final Vertx vertx;
    private final PostgresAccess access;
    private final PostgresHosts hosts;
    private final Duration timeout;
    private final Duration writeTimeout;
    private final MeterRegistry metrics;
    private final Pool pool;
    private @Nullable Future<Void> migration;

    /** @throws IllegalArgumentException if the URI in the settings is invalid */
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
     * Migrates the schema. Several nodes may do so concurrently. After a success it is not repeated, because each migration
     * opens a connection.
     */
    synchronized Future<Void> migrate() {
        Future<Void> present = migration;
        if (present == null || present.failed()) {
            // The short timeout of this query detects a server that does not respond.
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

    /** Runs a query; if the schema is missing or outdated, migrates it and runs the query again. */
    <T> Future<T> withSchema(Supplier<Future<T>> query) {
        return query.get()
                .recover(failure -> isUndefinedObject(failure)
                        ? migrateAgain().compose(done -> query.get())
                        : Future.failedFuture(failure));
    }

    /** An earlier success does not count: a backup of an earlier release may have been restored since. */
    private synchronized Future<Void> migrateAgain() {
        Future<Void> present = migration;
        if (present != null && present.isComplete()) {
            migration = null;
        }
        return migrate();
    }

    private static boolean isUndefinedObject(Throwable failure) {
        return failure instanceof PgException error && UNDEFINED_OBJECT.contains(error.getSqlState());
    }

    /** Creates a listener for a channel, whose name must not need quoting. */
    ChangeListener listener(String channel, Runnable onChange) {
        return new ChangeListener(this, channel, onChange, metrics);
    }

    /**
     * Listens for notifications on a dedicated connection.
     *
     * @param onNotification called with the payload, on a Vert.x context
     * @return the connection, once the server has accepted {@code listen}
     */
    Future<PgConnection> listen(String channel, Consumer<String> onNotification) {
        Future<PgConnection> listening = hosts.find()
                .compose(host -> PgConnection.connect(vertx, host))
                .compose(connection -> {
                    ignoreUnsolicitedErrors(connection);
                    connection.notificationHandler(notification -> onNotification.accept(notification.getPayload()));
                    return connection
                            .query("listen " + channel)
                            .execute()
                            .map(connection)
                            .onFailure(failure -> connection.close());
                });
        return bounded("listen", () -> listening)
                // After a timeout the connection may still open, and only this code can close it.
                .onFailure(failure -> listening.onSuccess(PgConnection::close));
    }

    /** Sends a notification. Neither the channel nor the payload may need quoting. */
    Future<Void> notify(String channel, String payload) {
        return bounded("notify", () -> pool.query("select pg_notify('" + channel + "', '" + payload + "')")
                .execute()
                .mapEmpty());
    }

    /**
     * Runs a transaction on a dedicated connection, so that it may take long without occupying the pool.
     *
     * @param work limits the time of its own steps
     * @return completes with the commit; after a failure the connection is closed, so the server rolls back
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
        Future<PgConnection> connecting = hosts.find()
                .compose(host -> PgConnection.connect(vertx, host))
                .onSuccess(Database::ignoreUnsolicitedErrors);
        return connecting
                .timeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
                .onFailure(failure -> connecting.onSuccess(PgConnection::close));
    }

    /** Runs expensive work on a worker thread; what it throws fails the future. */
    <T> Future<T> onWorker(Callable<T> work) {
        return vertx.executeBlocking(work, false);
    }

    /** Closes every connection of the pool. */
    Future<Void> close() {
        return pool.close();
    }

    /** Unsolicited errors, such as of a shutdown, also fail the next query; without a handler the client prints them. */
    static SqlConnection ignoreUnsolicitedErrors(SqlConnection connection) {
        return connection.exceptionHandler(unsolicited -> {});
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

    /**
     * Reads in several steps, which see one state of the database.
     *
     * @param work calls the given object after each step. Fails if a step takes longer than a query may
     */
    <T> Future<T> readInSteps(String query, BiFunction<SqlConnection, Runnable, Future<T>> work) {
        return inSteps(query, timeout, (connection, done) -> connection
                .query("set transaction isolation level repeatable read, read only")
                .execute()
                .compose(isolated -> work.apply(connection, done)));
    }

    /**
     * Writes in several steps, in one transaction.
     *
     * @param work calls the given object after each step. Fails if a step takes longer than a write may
     */
    <T> Future<T> writeInSteps(String query, BiFunction<SqlConnection, Runnable, Future<T>> work) {
        return inSteps(query, writeTimeout, work);
    }

    /** The future of a transaction that a server does not finish would never complete, so another one is returned. */
    private <T> Future<T> inSteps(String query, Duration limit, BiFunction<SqlConnection, Runnable, Future<T>> work) {
        CompletableFuture<T> outcome = new CompletableFuture<>();
        StepTimer timer = new StepTimer(
                vertx,
                limit,
                () -> outcome.completeExceptionally(
                        new TimeoutException("a step of " + query + " took longer than " + limit.toMillis() + " ms")));
        pool.withTransaction(connection -> work.apply(ignoreUnsolicitedErrors(connection), timer::restart))
                .onComplete(outcome::complete, outcome::completeExceptionally);
        return counted(query, () -> Future.fromCompletionStage(outcome, vertx.getOrCreateContext())
                .onComplete(over -> timer.cancel()));
    }

    private <T> Future<T> counted(String query, Supplier<Future<T>> work) {
        return work.get().onComplete(done -> metrics.counter(
                        MetricNames.POSTGRES_QUERIES, "query", query, "outcome", done.succeeded() ? "ok" : "failed")
                .increment());
    }
}
