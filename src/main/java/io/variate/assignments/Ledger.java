package io.variate.assignments;

import java.util.Locale;
import java.util.Map;

/**
 * What became of every evaluation and every event: {@code evaluated + exposures + received = untracked + deduplicated +
 * delivered + spooled + lost}. Immutable.
 *
 * @param evaluated answers given, each of which is an assignment event unless it is untracked or deduplicated
 * @param exposures exposure events made
 * @param received assignment and exposure events that clients sent
 * @param untracked answers without event: the sender asked for none, the user had no id, or there was no flag to assign
 * @param deduplicated assignments and received events that had been recorded within the window
 * @param delivered events that Kafka has acknowledged
 * @param spooled events that wait on the disk
 * @param lost events that are gone, by cause
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

    /** Why an event is gone. */
    public enum Loss {
        /** Kafka was away for so long that the spool has all the bytes it may have. */
        SPOOL_FULL,
        /** The next file of the spool was not ready in time. */
        SPOOL_BUSY,
        /** The disk is full or broken. */
        DISK_FAILED,
        /** The event is larger than a file of the spool. */
        TOO_LARGE,
        /** The spool could not be opened. */
        NO_SPOOL,
        /** The evaluation was answered after the node had closed its spool. */
        STOPPED,
        /** Kafka refused this very event, as too large for instance. */
        REFUSED,
        /** Removed to make room for newer ones. */
        DROPPED_OLDEST,
        /** Its bytes on the disk were not those that were written. */
        DAMAGED,
        /** The machine or the disk failed while it was being written. */
        TORN;

        /** The name in documents and metrics: lower case, with hyphens. */
        public String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    public Ledger {
        lost = Map.copyOf(lost);
    }

    /** How many events are gone for one cause. */
    public long lost(Loss cause) {
        return lost.getOrDefault(cause, 0L);
    }

    /** How many events are gone. */
    public long lostInAll() {
        return lost.values().stream().mapToLong(Long::longValue).sum();
    }
}
