package io.variate.assignments.spool;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Ranges of sequence numbers whose records are lost. Each number is counted once, however often it is added. Not
 * thread-safe.
 */
final class Gaps {
    /** Gaps above the floor, by first number. */
    private final NavigableMap<Long, Gap> open = new TreeMap<>();

    private long floor;
    private Losses below;
    private Losses above = Losses.NONE;

    /**
     * Continues a count.
     *
     * @param floor first unsettled sequence number
     * @param below losses below the floor
     */
    Gaps(long floor, Losses below) {
        this.floor = floor;
        this.below = below;
    }

    enum Cause {
        DROPPED,
        DAMAGED,
        TORN
    }

    private record Gap(long to, Losses losses) {}

    /** Adds the numbers from {@code from} (inclusive) to {@code to} (exclusive) that are not in a gap yet. */
    void add(long from, long to, Cause cause) {
        long next = Math.max(from, floor);
        Map.Entry<Long, Gap> before = open.floorEntry(next);
        if (before != null) {
            next = Math.max(next, before.getValue().to());
        }
        while (next < to) {
            Map.Entry<Long, Gap> known = open.ceilingEntry(next);
            long end = known == null ? to : Math.min(to, known.getKey());
            if (end > next) {
                put(next, end, cause);
            }
            next = known == null ? to : Math.max(end, known.getValue().to());
        }
    }

    private void put(long from, long to, Cause cause) {
        long lost = to - from;
        Losses losses = new Losses(
                cause == Cause.DROPPED ? lost : 0, cause == Cause.DAMAGED ? lost : 0, cause == Cause.TORN ? lost : 0);
        open.put(from, new Gap(to, losses));
        above = above.plus(losses);
    }

    /** Settles all numbers below {@code sequence}, and a gap that begins there. Returns the new floor. */
    long settle(long sequence) {
        floor = Math.max(floor, sequence);
        Map.Entry<Long, Gap> first = open.firstEntry();
        while (first != null && first.getKey() <= floor) {
            open.pollFirstEntry();
            Gap gap = first.getValue();
            floor = Math.max(floor, gap.to());
            below = below.plus(gap.losses());
            above = above.plus(new Losses(
                    -gap.losses().dropped(),
                    -gap.losses().damaged(),
                    -gap.losses().torn()));
            first = open.firstEntry();
        }
        return floor;
    }

    /** First unsettled sequence number. */
    long floor() {
        return floor;
    }

    /** Losses below the floor. */
    Losses below() {
        return below;
    }

    /** Losses above the floor. */
    Losses above() {
        return above;
    }
}
