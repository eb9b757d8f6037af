package io.variate.assignments;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.StampedLock;

/**
 * Remembers by their hash which assignments were recorded, each for a window of time that begins when it is first
 * marked: seeing it again does not prolong it. Ask with {@link #isKnown} before an event is stored, and {@link #mark}
 * once it is; two threads that ask before either marks record it twice, which the {@code insert_id} makes harmless.
 *
 * <p>A table of sets of 16 slots, 20 bytes each, with a fifth more slots than entries asked for. When all slots of a set
 * are taken, the oldest entry in it makes room, and what it stood for would be recorded once more: with as many entries
 * as asked for that is so of 4 % of them, with half as many of 1 in 7,000.
 *
 * <p>A new assignment is mistaken for a known one, and thus not recorded, where 128 bits agree by chance: with n
 * entries at n / 2<sup>128</sup>, which for a million is 3 in 10<sup>33</sup>.
 *
 * <p>Thread-safe: readers take no lock unless a writer is at the same one of 64 parts.
 */
final class Deduplication {
    private static final int WAYS = 16;
    private static final int STRIPES = 64;

    private final int windowSeconds;
    private final int sets;

    /** Of each set first the high halves, then the low ones. */
    private final long[] hashes;

    /** When each entry was marked, in seconds since 1970 UTC. A slot never used is as one marked at 0. */
    private final int[] times;

    private final StampedLock[] stripes = new StampedLock[STRIPES];

    /**
     * @param window in whole seconds; of length 0, nothing is ever known
     * @param entries how many to remember, at least 1
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
     * Whether an assignment was marked less than a window ago.
     *
     * @param high half of its hash
     * @param low the other half
     * @param time milliseconds since 1970 UTC
     */
    boolean isKnown(long high, long low, long time) {
        int set = set(high);
        StampedLock lock = stripes[set % STRIPES];
        long stamp = lock.tryOptimisticRead();
        if (stamp != 0) {
            boolean known = isKnown(set, high, low, seconds(time));
            if (lock.validate(stamp)) {
                return known;
            }
        }
        stamp = lock.readLock();
        try {
            return isKnown(set, high, low, seconds(time));
        } finally {
            lock.unlockRead(stamp);
        }
    }

    private boolean isKnown(int set, long high, long low, int now) {
        int way = way(set, high, low);
        return way >= 0 && isWithinWindow(times[set * WAYS + way], now);
    }

    /** Notes that an assignment is recorded, unless it is known already; parameters as of {@link #isKnown}. */
    void mark(long high, long low, long time) {
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

    /** The place of an entry in its set, or -1 if it has none. */
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

    /** In either direction, since clocks are set back at times, and threads do not read them in order. */
    private boolean isWithinWindow(int marked, int now) {
        return Math.abs(now - marked) < windowSeconds;
    }

    /** Any of the sets, each as likely, from the upper half of a hash. */
    private int set(long high) {
        return (int) (((high >>> Integer.SIZE) * sets) >>> Integer.SIZE);
    }

    private static int seconds(long time) {
        return (int) TimeUnit.MILLISECONDS.toSeconds(time);
    }
}
