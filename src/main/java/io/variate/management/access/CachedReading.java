package io.variate.management.access;

import io.variate.observability.OncePerMinute;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The latest reading of a whole table. What it lacks costs no query of its own: no number of guesses reads the table more
 * often than {@link #MIN_INTERVAL} permits.
 *
 * <p>Another node notices a removal after {@link #MAX_AGE} at most, and an addition after {@link #MIN_INTERVAL}. While the
 * database is unavailable, what the reading has remains valid for reads for {@link #MAX_AGE_WITHOUT_DATABASE}.
 *
 * <p>Confined to one Vert.x context.
 *
 * @param <T> an immutable value
 */
final class CachedReading<T> {
    /** How long a reading counts as current. */
    static final Duration MAX_AGE = Duration.ofSeconds(5);

    /** Time between two readings. */
    static final Duration MIN_INTERVAL = Duration.ofMillis(250);

    /** How long a reading serves reads while the database is unavailable. */
    static final Duration MAX_AGE_WITHOUT_DATABASE = Duration.ofMinutes(5);

    private static final Logger log = LoggerFactory.getLogger(CachedReading.class);

    private final String name;
    private final Supplier<Future<T>> load;
    private final LongSupplier nanoTime;
    private final OncePerMinute warnings;
    private @Nullable Reading<T> reading;

    /** The latest reading, which may still be in flight or have failed, and its start. */
    private @Nullable Future<Reading<T>> latest;

    private long latestStart;

    /** @param start of the query, as {@link System#nanoTime} */
    private record Reading<T>(T value, long start) {}

    /**
     * Reads on first use.
     *
     * @param name of what is read, for the log
     * @param nanoTime as {@link System#nanoTime}
     */
    CachedReading(String name, Supplier<Future<T>> load, LongSupplier nanoTime) {
        this.name = name;
        this.load = load;
        this.nanoTime = nanoTime;
        this.warnings = new OncePerMinute(nanoTime);
    }

    /**
     * Looks something up, in a new reading if the present one is too old or lacks it.
     *
     * @param isRead whether the request that needs it changes nothing
     * @return null if there is no such thing; fails if the database is unavailable and this cannot be known
     */
    <R> Future<@Nullable R> find(Function<T, @Nullable R> lookup, boolean isRead) {
        Reading<T> known = reading;
        R found = known == null ? null : lookup.apply(known.value());
        if (known != null && found != null && age(known) < MAX_AGE.toNanos()) {
            return Future.succeededFuture(found);
        }
        return read().map(current -> lookup.apply(current.value()))
                .recover(failure ->
                        isRead && known != null && found != null && age(known) < MAX_AGE_WITHOUT_DATABASE.toNanos()
                                ? Future.succeededFuture(found)
                                : Future.failedFuture(failure));
    }

    /** Reads again with the next request, after this node has changed the table. */
    void invalidate() {
        reading = null;
        latest = null;
    }

    private long age(Reading<T> known) {
        return nanoTime.getAsLong() - known.start();
    }

    private Future<Reading<T>> read() {
        long now = nanoTime.getAsLong();
        Future<Reading<T>> present = latest;
        if (present != null && (!present.isComplete() || now - latestStart < MIN_INTERVAL.toNanos())) {
            return present;
        }
        Future<Reading<T>> next = load.get().map(value -> new Reading<>(value, now));
        latest = next;
        latestStart = now;
        next.onSuccess(this::keep).onFailure(failure -> {
            if (warnings.permits("read")) {
                log.warn("cannot read {} from PostgreSQL: {}", name, failure.toString());
            }
        });
        return next;
    }

    /** A reading that started before a change of this node is outdated. */
    private void keep(Reading<T> read) {
        if (latest != null && latestStart == read.start()) {
            reading = read;
        }
    }
}
