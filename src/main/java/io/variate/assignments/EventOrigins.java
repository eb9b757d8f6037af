package io.variate.assignments;

/**
 * Attributes the events of a ledger to their origins: evaluations, exposures and clients. Not thread-safe.
 *
 * <p>An exposure or a received event is counted as such before the event itself, so the counters may be ahead of the ledger,
 * but no exposure is ever attributed to an evaluation. Attributed numbers never decrease.
 */
final class EventOrigins {
    private long evaluated;
    private long exposures;
    private long received;

    /**
     * Attributes the events that were added since the last call.
     *
     * @param total events of all origins in the ledger
     * @param exposuresCounted exposure events, counted after {@code total} was read
     * @param receivedCounted events from clients, counted after {@code total} was read
     */
    void attribute(long total, long exposuresCounted, long receivedCounted) {
        long more = Math.max(0, total - evaluated - exposures - received);
        long moreExposures = Math.min(more, Math.max(0, exposuresCounted - exposures));
        long moreReceived = Math.min(more - moreExposures, Math.max(0, receivedCounted - received));
        exposures += moreExposures;
        received += moreReceived;
        evaluated += more - moreExposures - moreReceived;
    }

    long evaluated() {
        return evaluated;
    }

    long exposures() {
        return exposures;
    }

    long received() {
        return received;
    }
}
