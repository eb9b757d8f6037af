package io.variate.assignments.spool;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Ranges of sequence numbers whose records are lost. Each number is counted once, whoever comes upon it and however
 * often. Not thread-safe.
 */
final class Gaps {
    /** Those not behind the floor yet, by their first number. */
    private final NavigableMap<Long, Gap> open = new TreeMap<>();

    private long floor;
    private Losses below;
    private Losses above = Losses.NONE;

    /**
     * Continues a count.
     *
     * @param floor first sequence number that is not settled
     * @param below what was lost before it
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

    /** Counts the numbers from the one up to but not including the other, without those that are known already. */
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

    /** Settles everything before a number, and the gap that begins there; returns the new floor. */
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

    /** First sequence number that is not settled. */
    long floor() {
        return floor;
    }

    /** Lost among the settled. */
    Losses below() {
        return below;
    }

    /** Lost among those to come. */
    Losses above() {
        return above;
    }
}
