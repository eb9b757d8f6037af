package io.variate.client;

import io.variate.bus.Addresses;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The state of an evaluator node in one client. Thread-safe.
 *
 * <p>The clock offset of the two processes is the minimum difference between receipt and publication of an announcement. It
 * is too large by the shortest network latency, so a deadline on the node is early by that much: its answer would be in flight
 * for as long. The offset may grow a little with each announcement, because clocks drift.
 */
final class EvaluatorNode {
    /** A thousandth of the announcement interval; clocks drift by a tenth of that. */
    private static final long DRIFT_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final String member;
    private final String address;
    private final AtomicInteger inFlight = new AtomicInteger();
    private volatile boolean available = true;
    private volatile long announcedAt;
    private volatile long clockOffset;

    EvaluatorNode(String member, long clock, long now) {
        this.member = member;
        this.address = Addresses.evaluateAt(member);
        this.announcedAt = now;
        this.clockOffset = now - clock;
    }

    String member() {
        return member;
    }

    /** Address of this node only. */
    String address() {
        return address;
    }

    /** Updates the clock offset and makes the node available. Call from one thread at a time. */
    void announced(long clock, long now) {
        long difference = now - clock;
        long least = clockOffset + DRIFT_NANOS;
        clockOffset = difference - least < 0 ? difference : least;
        announcedAt = now;
        available = true;
    }

    long announcedAt() {
        return announcedAt;
    }

    /** Whether the node may be selected: it answered its last request, or has announced itself since. */
    boolean isAvailable() {
        return available;
    }

    /** Excludes the node from selection until its next announcement. */
    void markUnavailable() {
        available = false;
    }

    /** Number of requests in flight to this node. */
    int inFlight() {
        return inFlight.get();
    }

    void requestSent() {
        inFlight.incrementAndGet();
    }

    void requestCompleted() {
        inFlight.decrementAndGet();
    }

    /** Converts a time of this process to the clock of the node. */
    long toNodeClock(long moment) {
        return moment - clockOffset;
    }
}
