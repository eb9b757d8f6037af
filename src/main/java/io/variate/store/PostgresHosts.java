package io.variate.store;

import io.variate.config.PostgresUri.Target;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.SqlConnectOptions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Finds the host to connect to: the first that accepts connections and is of the required kind. The search starts with the
 * host used last. A single host without a required kind is used without a test.
 *
 * <p>Thread-safe. Concurrent callers share one search. It may outlast their timeouts, so that a later call finds the host
 * after one that does not respond.
 */
final class PostgresHosts {
    private final Vertx vertx;
    private final List<PgConnectOptions> hosts;
    private final Target target;
    private final Duration timeout;
    private @Nullable Future<PgConnectOptions> search;
    private int last;

    /** @param timeout for the test of each host */
    PostgresHosts(Vertx vertx, List<PgConnectOptions> hosts, Target target, Duration timeout) {
        this.vertx = vertx;
        this.hosts = hosts;
        this.target = target;
        this.timeout = timeout;
    }

    /** Finds a host; if none is usable, fails with the reason of the last one. */
    synchronized Future<PgConnectOptions> find() {
        if (hosts.size() == 1 && target == Target.ANY) {
            return Future.succeededFuture(hosts.get(0));
        }
        Future<PgConnectOptions> present = search;
        if (present == null || present.isComplete()) {
            present = tryFrom(last, 0);
            search = present;
        }
        return present;
    }

    /** {@link #find} with the type that a pool needs. */
    Future<SqlConnectOptions> forPool() {
        return find().map(found -> found);
    }

    private Future<PgConnectOptions> tryFrom(int first, int tried) {
        int number = (first + tried) % hosts.size();
        PgConnectOptions host = hosts.get(number);
        return check(host)
                .map(done -> {
                    remember(number);
                    return host;
                })
                .recover(failure -> tried + 1 < hosts.size()
                        ? tryFrom(first, tried + 1)
                        : Future.failedFuture(
                                new IllegalStateException("no host of postgres.uri is usable; the last one tried was "
                                        + host.getHost() + ":" + host.getPort() + ": " + failure.getMessage())));
    }

    private synchronized void remember(int number) {
        last = number;
    }

    private Future<Void> check(PgConnectOptions host) {
        Future<PgConnection> connecting =
                PgConnection.connect(vertx, host).onSuccess(Database::ignoreUnsolicitedErrors);
        return connecting
                .compose(connection -> checkKind(connection))
                .timeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
                .onComplete(done -> connecting.onSuccess(PgConnection::close));
    }

    private Future<Void> checkKind(PgConnection connection) {
        return switch (target) {
            case ANY -> Future.succeededFuture();
            case READ_WRITE -> failIf(connection, "show transaction_read_only", "on", "it is read-only");
            case PRIMARY -> failIf(connection, "select pg_is_in_recovery()::text", "true", "it is a standby");
        };
    }

    private static Future<Void> failIf(PgConnection connection, String query, String answer, String reason) {
        return connection
                .query(query)
                .execute()
                .compose(rows -> answer.equals(rows.iterator().next().getString(0))
                        ? Future.failedFuture(new IllegalStateException(reason))
                        : Future.succeededFuture());
    }
}
