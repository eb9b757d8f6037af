package io.variate.bus;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The ledger of one node, or the sum of several: {@code evaluated + exposures + received = untracked + deduplicated +
 * delivered + spooled + lost}. Immutable.
 *
 * @param evaluated answered evaluations
 * @param exposures exposure events created
 * @param received assignment and exposure events from clients
 * @param untracked answers without an event: the sender disabled tracking, or the user had no id
 * @param deduplicated assignments and received events that were already recorded within the window
 * @param delivered events that Kafka, or without Kafka Amplitude, has acknowledged
 * @param spooled undelivered events on disk
 * @param lost lost events by cause; a later release may report causes unknown to this one
 * @param spooledBytes bytes of the undelivered events
 * @param lagMillis age of the oldest undelivered event; 0 if there is none
 * @param forwarded what forwarders delivered from Kafka, by destination; empty without a forwarder, and from a node of the
 *     previous release
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
        long lagMillis,
        SortedMap<String, Forwarded> forwarded) {

    /**
     * The events that forwarders read from Kafka: {@code received = delivered + rejected + pending}.
     *
     * @param delivered events that the destination took
     * @param rejected events that are rejected permanently
     */
    public record Forwarded(long received, long delivered, long rejected) {
        /** Events that are read and not settled. */
        public long pending() {
            return received - delivered - rejected;
        }

        private Forwarded plus(Forwarded other) {
            return new Forwarded(received + other.received, delivered + other.delivered, rejected + other.rejected);
        }
    }

    public LedgerResponse {
        lost = Collections.unmodifiableSortedMap(new TreeMap<>(lost));
        forwarded = Collections.unmodifiableSortedMap(new TreeMap<>(forwarded));
    }

    /** The sum of both ledgers, with the larger lag. */
    public LedgerResponse plus(LedgerResponse other) {
        SortedMap<String, Long> sum = new TreeMap<>(lost);
        for (Map.Entry<String, Long> loss : other.lost.entrySet()) {
            sum.merge(loss.getKey(), loss.getValue(), Long::sum);
        }
        SortedMap<String, Forwarded> sumForwarded = new TreeMap<>(forwarded);
        other.forwarded.forEach((destination, more) -> sumForwarded.merge(destination, more, Forwarded::plus));
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
                Math.max(lagMillis, other.lagMillis),
                sumForwarded);
    }
}
