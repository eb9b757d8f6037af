package io.variate.bus;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The books of one node, or of several together: {@code evaluated + exposures + received = untracked + deduplicated +
 * delivered + spooled + lost}. Immutable.
 *
 * @param evaluated answers given
 * @param exposures exposure events made
 * @param received assignment and exposure events that clients sent
 * @param untracked answers without event, because their sender wanted none or their user had no id
 * @param deduplicated assignments and received events that had been recorded within the window
 * @param delivered events that Kafka has acknowledged
 * @param spooled events that wait on the disk
 * @param lost events that are gone, by cause; a later release may know causes that this one does not
 * @param spooledBytes of the events that wait
 * @param lagMillis age of the oldest event that waits; 0 if none does
 */
public record LedgerResponse(
        long evaluated,
        long exposures,
        long received,
        long untracked,
        long deduplicated,
        long delivered,
        long spooled,
        SortedMap<String, Long> lost,
        long spooledBytes,
        long lagMillis) {

    public LedgerResponse {
        lost = Collections.unmodifiableSortedMap(new TreeMap<>(lost));
    }

    /** The books of both together; the lag is that of the one that is further behind. */
    public LedgerResponse plus(LedgerResponse other) {
        SortedMap<String, Long> sum = new TreeMap<>(lost);
        for (Map.Entry<String, Long> loss : other.lost.entrySet()) {
            sum.merge(loss.getKey(), loss.getValue(), Long::sum);
        }
        return new LedgerResponse(
                evaluated + other.evaluated,
                exposures + other.exposures,
                received + other.received,
                untracked + other.untracked,
                deduplicated + other.deduplicated,
                delivered + other.delivered,
                spooled + other.spooled,
                sum,
                spooledBytes + other.spooledBytes,
                Math.max(lagMillis, other.lagMillis));
    }
}
