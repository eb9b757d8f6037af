package io.variate.management.access;

import io.variate.observability.OncePerMinute;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores when things were last used, each once in an interval. A failure is logged once a minute and otherwise ignored.
 *
 * <p>Confined to one Vert.x context.
 *
 * @param <K> identifies a thing
 */
final class LastUses<K> {
    private static final Logger log = LoggerFactory.getLogger(LastUses.class);

    private final String name;
    private final Function<K, Future<Void>> store;
    private final long intervalNanos;
    private final LongSupplier nanoTime;
    private final OncePerMinute warnings;

    /** When this node last stored a use; only those of the last interval. */
    private final Map<K, Long> stored = new HashMap<>();

    /** @param name of one thing, for the log */
    LastUses(String name, Function<K, Future<Void>> store, Duration interval, LongSupplier nanoTime) {
        this.name = name;
        this.store = store;
        this.intervalNanos = interval.toNanos();
        this.nanoTime = nanoTime;
        this.warnings = new OncePerMinute(nanoTime);
    }

    /** Notes that something is used now. */
    void add(K used) {
        long now = nanoTime.getAsLong();
        Long last = stored.get(used);
        if (last != null && now - last < intervalNanos) {
            return;
        }
        stored.values().removeIf(time -> now - time >= intervalNanos);
        stored.put(used, now);
        store.apply(used).onFailure(failure -> {
            if (warnings.permits("store")) {
                log.warn("cannot store the last use of a {} in PostgreSQL: {}", name, failure.toString());
            }
        });
    }
}
