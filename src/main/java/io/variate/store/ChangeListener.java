package io.variate.store;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.variate.observability.MetricNames;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.PgException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens for notifications of PostgreSQL, on a connection of its own, as long as that works.
 *
 * <p>Notifications save time, and nothing else: callers poll as well. A pooler in transaction mode accepts {@code listen}
 * and never delivers a notification, so each new connection is tested: a notification is sent to it through another
 * connection. If it does not arrive in time, or if the server refuses {@code listen}, changes are found by polling alone,
 * and listening is tried again after some minutes.
 *
 * <p>Thread-safe; never blocks.
 */
public final class ChangeListener {
    private static final Logger log = LoggerFactory.getLogger(ChangeListener.class);
    private static final Duration RETRY_REFUSED = Duration.ofMinutes(5);
    private static final String TEST = "test ";

    private final Database database;
    private final String channel;
    private final Runnable onChange;
    private @Nullable PgConnection connection;
    private boolean connecting;
    private boolean heard;
    private boolean refused;
    private boolean closed;
    private long retryAt = System.nanoTime();

    /**
     * Does not listen yet.
     *
     * @param onChange called on a Vert.x context after each change, and whenever listening begins
     */
    ChangeListener(Database database, String channel, Runnable onChange, MeterRegistry metrics) {
        this.database = database;
        this.channel = channel;
        this.onChange = onChange;
        Gauge.builder(MetricNames.POSTGRES_LISTENING, this, listener -> listener.isListening() ? 1 : 0)
                .tag("channel", channel)
                .register(metrics);
    }

    /** Begins to listen, unless it does or is about to; call it again and again. Returns at once, never fails. */
    public synchronized void ensureListening() {
        if (closed || connecting || connection != null || System.nanoTime() - retryAt < 0) {
            return;
        }
        connecting = true;
        String test = TEST + UUID.randomUUID();
        Promise<Void> arrived = Promise.promise();
        database.listen(channel, payload -> {
                    if (payload.equals(test)) {
                        arrived.tryComplete();
                    } else if (!payload.startsWith(TEST)) {
                        onChange.run();
                    }
                })
                .onComplete(begun -> begun(begun, test, arrived), this::failed);
    }

    /** Whether notifications have been shown to arrive on the present connection. */
    public synchronized boolean isListening() {
        return connection != null && heard;
    }

    /** Ends listening. */
    public synchronized Future<Void> close() {
        closed = true;
        PgConnection current = connection;
        connection = null;
        return current == null ? Future.succeededFuture() : current.close();
    }

    private void begun(PgConnection begun, String test, Promise<Void> arrived) {
        synchronized (this) {
            connecting = false;
            if (closed) {
                begun.close();
                return;
            }
            connection = begun;
            heard = false;
        }
        begun.closeHandler(gone -> forget(begun));
        // Changes between the last poll and the beginning.
        onChange.run();
        database.notify(channel, test)
                .onComplete(
                        sent -> database.inTimeOfAQuery(arrived.future())
                                .onComplete(done -> works(begun), late -> refuse(begun, "no notification arrives")),
                        // Not sent, so nothing is known of this connection; the next one is tested again.
                        failure -> begun.close());
    }

    private synchronized void works(PgConnection tested) {
        if (connection == tested) {
            heard = true;
            if (refused) {
                refused = false;
                log.info("listening for notifications of PostgreSQL again channel={}", channel);
            }
        }
    }

    private synchronized void forget(PgConnection gone) {
        if (connection == gone) {
            connection = null;
        }
    }

    private synchronized void refuse(PgConnection tested, String reason) {
        if (connection == tested) {
            connection = null;
            tested.close();
            poll(reason);
        }
    }

    private synchronized void failed(Throwable failure) {
        connecting = false;
        if (failure instanceof PgException) {
            poll(String.valueOf(failure.getMessage()));
        }
    }

    private synchronized void poll(String reason) {
        retryAt = System.nanoTime() + RETRY_REFUSED.toNanos();
        if (!refused) {
            refused = true;
            log.warn(
                    "cannot listen for notifications of PostgreSQL, as through a pooler in transaction mode:"
                            + " {}; polling channel={} retryMinutes={}",
                    reason,
                    channel,
                    TimeUnit.NANOSECONDS.toMinutes(RETRY_REFUSED.toNanos()));
        }
    }
}
