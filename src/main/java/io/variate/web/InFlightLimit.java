package io.variate.web;

/** Limits the requests that one endpoint has in flight. Used on one event loop. */
public final class InFlightLimit {
    private final int limit;
    private int inFlight;

    /**
     * No request is in flight.
     *
     * @param limit most requests at a time
     */
    public InFlightLimit(int limit) {
        this.limit = limit;
    }

    /** Whether the endpoint must reject the next request. */
    public boolean isReached() {
        return inFlight >= limit;
    }

    /** A request starts; call {@link #end} once when it is complete. */
    public void begin() {
        inFlight++;
    }

    /** A request is complete. */
    public void end() {
        inFlight--;
    }
}
