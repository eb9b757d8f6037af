package io.variate.assignments;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.StampedLock;

/**
 * The hashes of recorded assignments, each for a window of time that begins when the hash is added; later occurrences do
 * not extend it. Callers check {@link #contains} before they store an event and {@link #add} it afterwards. Two threads that
 * both check first record the event twice; consumers recognize the copies by their {@code insert_id}.
 *
 * <p>A set-associative table: sets of 16 slots, 20 bytes each, with 20 % more slots than the requested entries. A full set
 * evicts its oldest entry, whose assignment would be recorded again. At the requested number of entries, 4 % have been
 * evicted; at half of it, 1 in 7,000.
 *
 * <p>A collision of 128-bit hashes would drop a new assignment. With n entries the probability is n / 2<sup>128</sup>: 3 in
 * 10<sup>33</sup> for a million.
 *
 * <p>Thread-safe: readers take no lock unless a writer holds the same one of 64 stripes.
 */
final class Deduplication {
    private static final int WAYS = 16;
    private static final int STRIPES = 64;

    private final int windowSeconds;
    private final int sets;

    /** Per set, first the high halves, then the low halves. */
    private final long[] hashes;

    /** Time of each entry in seconds since 1970 UTC; 0 in an unused slot. */
    private final int[] times;

    private final StampedLock[] stripes = new StampedLock[STRIPES];

    /**
     * @param window in whole seconds; with 0, every assignment is new
     * @param entries capacity, at least 1
     */
    Deduplication(Duration window, int entries) {
        this.windowSeconds = Math.toIntExact(window.toSeconds());
        this.sets = Math.toIntExact((entries * 6L / 5 + WAYS - 1) / WAYS);
        this.hashes = new long[Math.multiplyExact(sets, 2 * WAYS)];
        this.times = new int[sets * WAYS];
        for (int i = 0; i < STRIPES; i++) {
            stripes[i] = new StampedLock();
        }
    }

    /**
     * Whether an assignment was added less than a window ago.
     *
     * @param high half of its hash
     * @param low the other half
     * @param time milliseconds since 1970 UTC
     */
    boolean contains(long high, long low, long time) {
        int set = set(high);
        StampedLock lock = stripes[set % STRIPES];
        long stamp = lock.tryOptimisticRead();
        if (stamp != 0) {
            boolean found = contains(set, high, low, seconds(time));
            if (lock.validate(stamp)) {
                return found;
            }
        }
        stamp = lock.readLock();
        try {
            return contains(set, high, low, seconds(time));
        } finally {
            lock.unlockRead(stamp);
        }
    }

    private boolean contains(int set, long high, long low, int now) {
        int way = way(set, high, low);
        return way >= 0 && isWithinWindow(times[set * WAYS + way], now);
    }

    /** Adds an assignment, unless it is present. Parameters as for {@link #contains}. */
    void add(long high, long low, long time) {
        int set = set(high);
        int now = seconds(time);
        StampedLock lock = stripes[set % STRIPES];
        long stamp = lock.writeLock();
        try {
            int way = way(set, high, low);
            if (way < 0) {
                put(set, oldest(set), high, low, now);
            } else if (!isWithinWindow(times[set * WAYS + way], now)) {
                times[set * WAYS + way] = now;
            }
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    private void put(int set, int way, long high, long low, int now) {
        hashes[set * 2 * WAYS + way] = high;
        hashes[set * 2 * WAYS + WAYS + way] = low;
        times[set * WAYS + way] = now;
    }

    /** The slot of an entry within its set, or -1. */
    private int way(int set, long high, long low) {
        int first = set * 2 * WAYS;
        for (int way = 0; way < WAYS; way++) {
            if (hashes[first + way] == high && hashes[first + WAYS + way] == low) {
                return way;
            }
        }
        return -1;
    }

    private int oldest(int set) {
        int oldest = 0;
        for (int way = 1; way < WAYS; way++) {
            if (times[set * WAYS + way] < times[set * WAYS + oldest]) {
                oldest = way;
            }
        }
        return oldest;
    }

    /** In either direction, because clocks can be set back and threads do not read them in order. */
    private boolean isWithinWindow(int added, int now) {
        return Math.abs(now - added) < windowSeconds;
    }

    /** A uniformly distributed set index, from the upper 32 bits of the hash. */
    private int set(long high) {
        return (int) (((high >>> Integer.SIZE) * sets) >>> Integer.SIZE);
    }

    private static int seconds(long time) {
        return (int) TimeUnit.MILLISECONDS.toSeconds(time);
    }
}
