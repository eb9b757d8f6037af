package io.variate.assignments.delivery;

import io.variate.observability.OncePerMinute;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Keeps the status of a delivery, and logs its outages: each reason once, and each kind of reason at most once a minute, even
 * if the destination chooses a new text each time. Confined to one context.
 */
final class OutageLog {
    private final Logger log;
    private final String delivery;
    private final String place;
    private final DeliveryStatus status;
    private final OncePerMinute lines;
    private boolean loggedUp;
    private @Nullable String loggedReason;

    /**
     * Nothing is logged yet.
     *
     * @param delivery what is up or down, in log lines
     * @param place where events wait meanwhile, in log lines
     * @param nanoTime the clock, as {@link System#nanoTime}
     */
    OutageLog(Logger log, String delivery, String place, DeliveryStatus status, LongSupplier nanoTime) {
        this.log = log;
        this.delivery = delivery;
        this.place = place;
        this.status = status;
        this.lines = new OncePerMinute(nanoTime);
    }

    void up() {
        if (!loggedUp) {
            log.info("{} is up", delivery);
            loggedUp = true;
            loggedReason = null;
        }
        status.up();
    }

    /** The kind is the class of the failure. */
    void down(Throwable cause) {
        down(cause.getClass().getName(), Causes.of(cause));
    }

    void down(String kind, String reason) {
        if (!reason.equals(loggedReason) && lines.permits(kind)) {
            log.warn("{} is down: {}; events wait {}", delivery, reason, place);
            loggedReason = reason;
            loggedUp = false;
        }
        status.down(reason);
    }
}
