package io.variate.assignments;

import java.util.Locale;
import java.util.Map;

/**
 * The outcome of every evaluation and every event: {@code evaluated + exposures + received = untracked + deduplicated +
 * delivered + spooled + lost}. Immutable.
 *
 * @param evaluated answered evaluations; each has an assignment event unless it is untracked or deduplicated
 * @param exposures exposure events created
 * @param received assignment and exposure events from clients
 * @param untracked answers without an event: the sender disabled tracking, the user had no id, or there was no flag
 * @param deduplicated assignments and received events that were already recorded within the window
 * @param delivered events that Kafka has acknowledged
 * @param spooled undelivered events on disk
 * @param lost lost events by cause
 */
public record Ledger(
        long evaluated,
        long exposures,
        long received,
        long untracked,
        long deduplicated,
        long delivered,
        long spooled,
        Map<Loss, Long> lost) {

    /** Why an event was lost. */
    public enum Loss {
        /** Kafka was unavailable until the spool reached {@code assignments.max-bytes}. */
        SPOOL_FULL,
        /** The next file of the spool was not prepared in time. */
        SPOOL_BUSY,
        /** The disk is full or broken. */
        DISK_FAILED,
        /** The event is larger than a file of the spool. */
        TOO_LARGE,
        /** The spool could not be opened. */
        NO_SPOOL,
        /** The evaluation was answered after the node had closed its spool. */
        STOPPED,
        /** Kafka rejected the event permanently, for instance as too large. */
        REFUSED,
        /** Dropped to free space for newer events. */
        DROPPED_OLDEST,
        /** Its bytes on disk differ from those that were written. */
        DAMAGED,
        /** The machine or the disk failed while it was being written. */
        TORN;

        /** The name in JSON and metrics: lower case, with hyphens. */
        public String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    public Ledger {
        lost = Map.copyOf(lost);
    }

    /** Number of events lost for one cause. */
    public long lost(Loss cause) {
        return lost.getOrDefault(cause, 0L);
    }

    /** Number of lost events. */
    public long lostInAll() {
        return lost.values().stream().mapToLong(Long::longValue).sum();
    }
}
