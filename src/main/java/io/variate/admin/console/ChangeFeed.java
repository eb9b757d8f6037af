package io.variate.admin.console;

import io.variate.management.Management;
import io.variate.observability.OncePerMinute;
import io.variate.store.ChangeListener;
import io.variate.store.ChangeLog;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends changes to the open streams of a node. One query reads them for all streams, after a notification of PostgreSQL, or
 * else in intervals. A stream whose client reads slowly holds no changes: it pauses, and later reads what it lacks from the
 * database.
 *
 * <p>Belongs to one event loop, that of the admin port.
 */
final class ChangeFeed {
    private static final Logger log = LoggerFactory.getLogger(ChangeFeed.class);

    /** Changes of one query, and hence most of what one write adds to a stream: some 50 KiB. */
    static final int PAGE = 100;

    /** A client that has missed more changes is told to load everything again. */
    static final int MOST_MISSED = 1_000;

    private static final long CLOSE_SECONDS = 2;
    private static final long TICK_MILLIS = 1_000;

    /** Notifications reduce latency only: one may be lost. */
    private static final int TICKS_BETWEEN_CHECKS = 15;

    private final ChangeLog changes;
    private final Management management;
    private final Vertx vertx;
    private final Context loop;
    private final ChangeListener listener;
    private final OncePerMinute warnings = new OncePerMinute(System::nanoTime);
    private final Consumer<Set<ChangeStream>> onTick;

    private final Set<ChangeStream> open = new HashSet<>();

    /** The open streams that have everything up to {@link #position}. */
    private final Set<ChangeStream> current = new HashSet<>();

    /** All changes up to this number are read. */
    private long position;

    private Future<Void> reading = Future.succeededFuture();

    /** The reading after the present one; null if nothing has happened since that began. */
    private @Nullable Future<Void> next;

    private long timer = -1;
    private long ticks;

    /**
     * A feed without streams, on the present event loop.
     *
     * @param onTick called each second with the open streams, while there are any
     */
    ChangeFeed(Vertx vertx, ChangeLog changes, Management management, Consumer<Set<ChangeStream>> onTick) {
        this.vertx = vertx;
        this.changes = changes;
        this.management = management;
        this.onTick = onTick;
        this.loop = vertx.getOrCreateContext();
        this.listener = changes.listener(() -> loop.runOnContext(run -> readIfFollowed()));
    }

    int size() {
        return open.size();
    }

    /**
     * Adds a stream, and then sends what it lacks.
     *
     * @param last the number of the last change that the client knows; null to begin now
     * @return fails if the database is unavailable; then the stream is removed, and has sent nothing
     */
    Future<Void> add(ChangeStream stream, @Nullable Long last) {
        open.add(stream);
        if (timer < 0) {
            timer = vertx.setPeriodic(TICK_MILLIS, tick -> tick());
            listener.ensureListening();
        }
        return read().onSuccess(read -> {
                    if (open.contains(stream)) {
                        begin(stream, last);
                    }
                })
                .onFailure(failure -> remove(stream));
    }

    private void begin(ChangeStream stream, @Nullable Long last) {
        if (last == null) {
            stream.begin(position);
        } else if (last > position || position - last > MOST_MISSED) {
            // A larger number is from before a backup was restored.
            stream.reset(position);
        } else {
            stream.begin(last);
        }
        catchUp(stream);
    }

    /** Forgets a stream, which is closed. */
    void remove(ChangeStream stream) {
        current.remove(stream);
        if (open.remove(stream)) {
            stream.release();
        }
        if (open.isEmpty() && timer >= 0) {
            vertx.cancelTimer(timer);
            timer = -1;
        }
    }

    /** Ends all streams, and listens no more. */
    Future<Void> close() {
        List.copyOf(open).forEach(stream -> {
            remove(stream);
            stream.end();
        });
        return listener.close().timeout(CLOSE_SECONDS, TimeUnit.SECONDS);
    }

    private void tick() {
        ticks++;
        listener.ensureListening();
        if (!listener.isListening() || ticks % TICKS_BETWEEN_CHECKS == 0) {
            readIfFollowed();
        }
        onTick.accept(Set.copyOf(open));
    }

    private void readIfFollowed() {
        if (!open.isEmpty()) {
            read().onFailure(failure -> {
                if (warnings.permits("read")) {
                    log.warn("cannot read changes from PostgreSQL; retrying: {}", failure.toString());
                }
            });
        }
    }

    /** Reads everything that was committed before this call, for all streams. */
    private Future<Void> read() {
        if (reading.isComplete()) {
            reading = readNow();
            return reading;
        }
        Future<Void> following = next;
        if (following == null) {
            following = reading.transform(over -> {
                next = null;
                reading = readNow();
                return reading;
            });
            next = following;
        }
        return following;
    }

    private Future<Void> readNow() {
        return management.reconcile().compose(reconciled -> changes.latest()).compose(latest -> {
            if (current.isEmpty()) {
                position = latest;
                return Future.succeededFuture();
            }
            if (latest < position) {
                // A backup was restored.
                position = latest;
                List.copyOf(current).forEach(stream -> stream.reset(latest));
                return Future.succeededFuture();
            }
            return latest == position ? Future.succeededFuture() : readUpTo(latest);
        });
    }

    private Future<Void> readUpTo(long latest) {
        return changes.after(position, null, PAGE).compose(page -> {
            position = page.isEmpty() ? latest : page.get(page.size() - 1).number();
            List.copyOf(current).forEach(stream -> {
                if (stream.isFull()) {
                    current.remove(stream);
                    stream.whenRead(() -> catchUp(stream));
                } else {
                    stream.send(page);
                }
            });
            return position < latest ? readUpTo(latest) : Future.succeededFuture();
        });
    }

    /** Sends one page after the other, each when the client has taken the one before. */
    private void catchUp(ChangeStream stream) {
        if (!open.contains(stream)) {
            return;
        }
        if (stream.isFull()) {
            stream.whenRead(() -> catchUp(stream));
            return;
        }
        long goal = position;
        if (stream.position() >= goal) {
            current.add(stream);
        } else if (goal - stream.position() > MOST_MISSED) {
            stream.reset(goal);
            current.add(stream);
        } else {
            changes.after(stream.position(), stream.projects(), PAGE)
                    .onSuccess(page -> {
                        stream.send(page);
                        if (page.size() < PAGE) {
                            stream.skipTo(goal);
                        }
                        catchUp(stream);
                    })
                    .onFailure(failure -> {
                        // The client reconnects, and continues at its position.
                        remove(stream);
                        stream.end();
                    });
        }
    }
}
