package io.variate.cohorts;

import io.variate.hashing.SipHash;
import java.util.Collection;

/**
 * The members of a cohort: a 64-bit hash of each id, in an open-addressing table with a load factor of two thirds, so 12
 * bytes per member. Immutable. A lookup computes one hash, mostly reads one or two cache lines, and allocates nothing.
 *
 * <p>The ids themselves are not stored. In a set of n members, another id counts as a member with probability n / 2^64
 * (less than one in a trillion for ten million members), a different id on each node and after each start. Two members
 * collide, which only the size shows, with probability of about n² / 2^65. The hash is keyed, so an attacker cannot
 * construct such ids.
 */
public final class MemberSet {
    private static final SipHash HASH = SipHash.withRandomKey();

    /** The set without members. */
    public static final MemberSet EMPTY = new Builder(0).build();

    /**
     * Slots per array. With the array header it makes exactly 8 MiB: large enough that G1 allocates it in the old
     * generation instead of copying it, small enough that clearing it does not delay a safepoint.
     */
    private static final int SEGMENT = (1 << 20) - 2;

    private static final long FREE = 0;

    private final long[][] segments;
    private final long slots;
    private final long size;

    private MemberSet(long[][] segments, long slots, long size) {
        this.segments = segments;
        this.slots = slots;
        this.size = size;
    }

    /** The set of these ids. */
    public static MemberSet of(Collection<String> ids) {
        Builder builder = new Builder(ids.size());
        ids.forEach(builder::add);
        return builder.build();
    }

    /** Whether the id is a member. */
    public boolean contains(CharSequence id) {
        if (size == 0) {
            return false;
        }
        long hash = hashOf(id);
        long slot = slotOf(hash, slots);
        for (long found = at(segments, slot); found != FREE; found = at(segments, slot)) {
            if (found == hash) {
                return true;
            }
            slot = slot + 1 == slots ? 0 : slot + 1;
        }
        return false;
    }

    /** The number of distinct members. */
    public long size() {
        return size;
    }

    /** The size of the table in bytes. */
    long bytes() {
        return slots * Long.BYTES;
    }

    /** Builds a set; used by one thread. */
    static final class Builder {
        private final long limit;
        private final long slots;
        private final long[][] segments;
        private long size;

        /** @param limit the greatest number of distinct members; determines the size of the table */
        Builder(long limit) {
            this.limit = limit;
            // At least one slot stays free, so every lookup ends.
            this.slots = limit + limit / 2 + 1;
            this.segments = new long[Math.toIntExact((slots + SEGMENT - 1) / SEGMENT)][];
            for (int i = 0; i < segments.length; i++) {
                segments[i] = new long[(int) Math.min(SEGMENT, slots - (long) i * SEGMENT)];
            }
        }

        /**
         * Adds a member.
         *
         * @return false if the set already contains it
         * @throws IllegalStateException if the set already has as many members as its limit
         */
        boolean add(CharSequence id) {
            long hash = hashOf(id);
            long slot = slotOf(hash, slots);
            for (long found = at(segments, slot); found != FREE; found = at(segments, slot)) {
                if (found == hash) {
                    return false;
                }
                slot = slot + 1 == slots ? 0 : slot + 1;
            }
            if (size == limit) {
                throw new IllegalStateException("there are more than " + limit + " members");
            }
            segments[(int) (slot / SEGMENT)][(int) (slot % SEGMENT)] = hash;
            size++;
            return true;
        }

        /** The number of distinct members added so far. */
        long size() {
            return size;
        }

        /** The set; no member may be added afterwards. */
        MemberSet build() {
            return new MemberSet(segments, slots, size);
        }
    }

    private static long at(long[][] segments, long slot) {
        return segments[(int) (slot / SEGMENT)][(int) (slot % SEGMENT)];
    }

    /** Scales the hash to the size of the table, which avoids a division. */
    private static long slotOf(long hash, long slots) {
        return Math.multiplyHigh(hash & Long.MAX_VALUE, slots << 1);
    }

    private static long hashOf(CharSequence id) {
        long hash = HASH.hash(id);
        return hash == FREE ? 1 : hash;
    }
}
