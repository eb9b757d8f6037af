package io.variate.cohorts;

import java.util.Collection;

/**
 * Who is in a cohort: a hash of 64 bits for each id, in an open-addressing table at two thirds of its places, so 12
 * bytes a member. Immutable; a lookup is a hash and, mostly, one or two lines of cache, and allocates nothing.
 *
 * <p>The ids themselves are not kept. Of n members, an id that is none counts as one with probability n / 2^64 (one in
 * a trillion and more for ten million), another one on each node and after each start; two members are taken for one,
 * which only the size shows, with about n² / 2^65.
 */
public final class MemberSet {
    /** Nobody. */
    public static final MemberSet EMPTY = new Builder(0).build();

    /**
     * Places of one array. With the header of an array it makes 8 MiB to the byte: large enough that G1 puts it where it
     * will stay instead of copying it, small enough that clearing it holds no safepoint up.
     */
    private static final int SEGMENT = (1 << 20) - 2;

    private static final long FREE = 0;

    private final long[][] segments;
    private final long places;
    private final long size;

    private MemberSet(long[][] segments, long places, long size) {
        this.segments = segments;
        this.places = places;
        this.size = size;
    }

    /** The set of some ids. */
    public static MemberSet of(Collection<String> ids) {
        Builder builder = new Builder(ids.size());
        ids.forEach(builder::add);
        return builder.build();
    }

    /** Whether an id is that of a member. */
    public boolean contains(CharSequence id) {
        if (size == 0) {
            return false;
        }
        long hash = hashOf(id);
        long place = placeOf(hash, places);
        for (long found = at(segments, place); found != FREE; found = at(segments, place)) {
            if (found == hash) {
                return true;
            }
            place = place + 1 == places ? 0 : place + 1;
        }
        return false;
    }

    /** How many members there are, each counted once. */
    public long size() {
        return size;
    }

    /** Bytes of the table. */
    long bytes() {
        return places * Long.BYTES;
    }

    /** Makes a set; used by one thread. */
    static final class Builder {
        private final long limit;
        private final long places;
        private final long[][] segments;
        private long size;

        /** @param limit how many different members are added at most; the table is made for so many */
        Builder(long limit) {
            this.limit = limit;
            // One place at least stays free, where a lookup ends.
            this.places = limit + limit / 2 + 1;
            this.segments = new long[Math.toIntExact((places + SEGMENT - 1) / SEGMENT)][];
            for (int i = 0; i < segments.length; i++) {
                segments[i] = new long[(int) Math.min(SEGMENT, places - (long) i * SEGMENT)];
            }
        }

        /**
         * Adds a member.
         *
         * @return false if it is there already
         * @throws IllegalStateException if it is one too many
         */
        boolean add(CharSequence id) {
            long hash = hashOf(id);
            long place = placeOf(hash, places);
            for (long found = at(segments, place); found != FREE; found = at(segments, place)) {
                if (found == hash) {
                    return false;
                }
                place = place + 1 == places ? 0 : place + 1;
            }
            if (size == limit) {
                throw new IllegalStateException("there are more than " + limit + " members");
            }
            segments[(int) (place / SEGMENT)][(int) (place % SEGMENT)] = hash;
            size++;
            return true;
        }

        /** How many different members have been added. */
        long size() {
            return size;
        }

        /** The set; nothing may be added after this. */
        MemberSet build() {
            return new MemberSet(segments, places, size);
        }
    }

    private static long at(long[][] segments, long place) {
        return segments[(int) (place / SEGMENT)][(int) (place % SEGMENT)];
    }

    /** Scales the hash to the table, which spares a division. */
    private static long placeOf(long hash, long places) {
        return Math.multiplyHigh(hash & Long.MAX_VALUE, places << 1);
    }

    private static long hashOf(CharSequence id) {
        long hash = MemberHash.of(id);
        return hash == FREE ? 1 : hash;
    }
}
