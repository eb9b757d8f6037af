package io.variate.store;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.variate.observability.MetricNames;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.PgException;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens for notifications of PostgreSQL on a dedicated connection.
 *
 * <p>Notifications only reduce latency: callers poll as well. A pooler in transaction mode accepts {@code listen} and never
 * delivers a notification. So each new connection is tested with a notification that is sent through another connection. If
 * it does not arrive in time, or the server rejects {@code listen}, callers depend on polling alone, and this listener
 * retries after five minutes. A server that starts, shuts down or has no free connection is retried with the next call.
 *
 * <p>Thread-safe; never blocks.
 */
public final class ChangeListener {
    private static final Logger log = LoggerFactory.getLogger(ChangeListener.class);
    private static final Duration RETRY_DELAY = Duration.ofMinutes(5);
    private static final String TEST_PREFIX = "test ";

    /** Classes of SQL states: insufficient resources, operator intervention. Source: PostgreSQL's error codes. */
    private static final Set<String> TEMPORARY = Set.of("53", "57");

    private final Database database;
    private final String channel;
    private final Runnable onChange;
    private @Nullable PgConnection connection;
    private boolean connecting;
    private boolean verified;
    private boolean polling;
    private boolean closed;
    private long retryAt = System.nanoTime();

    /**
     * Does not listen before {@link #ensureListening}.
     *
     * @param onChange called on a Vert.x context after each change, and after each connect
     */
    ChangeListener(Database database, String channel, Runnable onChange, MeterRegistry metrics) {
        this.database = database;
        this.channel = channel;
        this.onChange = onChange;
        Gauge.builder(MetricNames.POSTGRES_LISTENING, this, listener -> listener.isListening() ? 1 : 0)
                .tag("channel", channel)
                .register(metrics);
    }

    /** Connects unless connected or connecting. Call it periodically. Returns at once; never fails. */
    public synchronized void ensureListening() {
        if (closed || connecting || connection != null || System.nanoTime() - retryAt < 0) {
            return;
        }
        connecting = true;
        String test = TEST_PREFIX + UUID.randomUUID();
        Promise<Void> arrived = Promise.promise();
        database.listen(channel, payload -> {
                    if (payload.equals(test)) {
                        arrived.tryComplete();
                    } else if (!payload.startsWith(TEST_PREFIX)) {
                        onChange.run();
                    }
                })
                .onComplete(opened -> onConnected(opened, test, arrived), this::onFailed);
    }

    /** Whether the present connection has delivered its test notification. */
    public synchronized boolean isListening() {
        return connection != null && verified;
    }

    /** Stops listening and closes the connection. */
    public synchronized Future<Void> close() {
        closed = true;
        PgConnection current = connection;
        connection = null;
        return current == null ? Future.succeededFuture() : current.close();
    }

    private void onConnected(PgConnection opened, String test, Promise<Void> arrived) {
        synchronized (this) {
            connecting = false;
            if (closed) {
                opened.close();
                return;
            }
            connection = opened;
            verified = false;
        }
        opened.closeHandler(closing -> onClosed(opened));
        // Covers changes between the last poll and this connect.
        onChange.run();
        database.notify(channel, test)
                .onComplete(
                        sent -> database.inTimeOfAQuery(arrived.future())
                                .onComplete(
                                        done -> onVerified(opened),
                                        late -> abandon(opened, "the test notification did not arrive")),
                        // The test was not sent, so it proves nothing about this connection; the next one is tested.
                        failure -> opened.close());
    }

    private synchronized void onVerified(PgConnection tested) {
        if (connection == tested) {
            verified = true;
            if (polling) {
                polling = false;
                log.info("listening for notifications of PostgreSQL again channel={}", channel);
            }
        }
    }

    private synchronized void onClosed(PgConnection closing) {
        if (connection == closing) {
            connection = null;
        }
    }

    private synchronized void abandon(PgConnection tested, String reason) {
        if (connection == tested) {
            connection = null;
            tested.close();
            pollOnly(reason);
        }
    }

    private synchronized void onFailed(Throwable failure) {
        connecting = false;
        if (failure instanceof PgException error && !isTemporary(error)) {
            pollOnly(String.valueOf(failure.getMessage()));
        }
    }

    private static boolean isTemporary(PgException error) {
        String state = error.getSqlState();
        return state != null && state.length() > 2 && TEMPORARY.contains(state.substring(0, 2));
    }

    private synchronized void pollOnly(String reason) {
        retryAt = System.nanoTime() + RETRY_DELAY.toNanos();
        if (!polling) {
            polling = true;
            log.warn(
                    "cannot listen for notifications of PostgreSQL: {}, perhaps because of a pooler in transaction mode;"
                            + " polling channel={} retryMinutes={}",
                    reason,
                    channel,
                    TimeUnit.NANOSECONDS.toMinutes(RETRY_DELAY.toNanos()));
        }
    }
}
