package io.variate.upstream;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;

/**
 * Logs the first warning of each kind in an interval, and the number of further ones at its end. Used on one Vert.x context.
 */
final class WarningLimit {
    private final Vertx vertx;
    private final Logger log;
    private final Duration interval;

    /** Warnings withheld in the present interval of each kind. */
    private final Map<String, Long> withheld = new HashMap<>();

    WarningLimit(Vertx vertx, Logger log, Duration interval) {
        this.vertx = vertx;
        this.log = log;
        this.interval = interval;
    }

    /** @param kind one of few */
    void warn(String kind, String format, Object... arguments) {
        if (withheld.computeIfPresent(kind, (same, count) -> count + 1) == null) {
            withheld.put(kind, 0L);
            vertx.setTimer(interval.toMillis(), over -> end(kind));
            log.warn(format, arguments);
        }
    }

    private void end(String kind) {
        Long count = withheld.remove(kind);
        if (count != null && count > 0) {
            log.warn("withheld similar warnings kind=\"{}\" count={}", kind, count);
        }
    }
}
