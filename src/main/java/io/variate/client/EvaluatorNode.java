package io.variate.client;

import io.variate.bus.Addresses;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A node that evaluates, as one client sees it. Thread-safe.
 *
 * <p>What the clocks of the two processes differ by is the least difference between the moments when an announcement was
 * made and when it was heard. It is too large by the shortest time that a message takes, so a deadline is too early by
 * that: the answer would have been under way for as long. It may grow a little with each announcement, for clocks drift.
 */
final class EvaluatorNode {
    /** A thousandth of the time between announcements; clocks drift by a tenth of that. */
    private static final long DRIFT_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final String member;
    private final String address;
    private final AtomicInteger outstanding = new AtomicInteger();
    private volatile boolean inTurn = true;
    private volatile long heardAt;
    private volatile long ahead;

    EvaluatorNode(String member, long clock, long now) {
        this.member = member;
        this.address = Addresses.evaluateAt(member);
        this.heardAt = now;
        this.ahead = now - clock;
    }

    String member() {
        return member;
    }

    /** Where to ask this node, and no other. */
    String address() {
        return address;
    }

    /** Notes that the node is there; to be called by one thread at a time. */
    void heard(long clock, long now) {
        long difference = now - clock;
        long least = ahead + DRIFT_NANOS;
        ahead = difference - least < 0 ? difference : least;
        heardAt = now;
        inTurn = true;
    }

    long heardAt() {
        return heardAt;
    }

    /** Whether there is no reason to expect that the node will not answer. */
    boolean isInTurn() {
        return inTurn;
    }

    /** Is not asked until it is heard again. */
    void takeOutOfTurn() {
        inTurn = false;
    }

    /** Requests that wait for an answer of this node. */
    int outstanding() {
        return outstanding.get();
    }

    void asked() {
        outstanding.incrementAndGet();
    }

    void settled() {
        outstanding.decrementAndGet();
    }

    /** A moment of this process, by the clock of the node. */
    long byItsClock(long moment) {
        return moment - ahead;
    }
}
