package io.variate.assignments.spool;

import org.jspecify.annotations.Nullable;

/** Reads the chain of segments record by record and skips gaps. For one thread at a time. */
final class Cursor {
    private final Gaps gaps;
    private final RecordChecksum checksum = new RecordChecksum();
    private Segment segment;
    private int offset = SegmentHeader.BYTES;
    private long sequence;

    Cursor(Segment first, Gaps gaps) {
        this.segment = first;
        this.sequence = first.base();
        this.gaps = gaps;
    }

    /** A position in the chain. */
    record Place(Segment segment, int offset, long sequence) {}

    Place place() {
        return new Place(segment, offset, sequence);
    }

    void moveTo(Place place) {
        segment = place.segment();
        offset = place.offset();
        sequence = place.sequence();
    }

    Segment segment() {
        return segment;
    }

    /** Sequence number of the next record. */
    long sequence() {
        return sequence;
    }

    int offset() {
        return offset;
    }

    /** The next record; null if there is none yet. */
    @Nullable
    Entry next() {
        while (toPublished()) {
            // Checked before the read: a record missing from a settled segment never appears.
            boolean settled = segment.isSettled();
            Entry entry = read();
            if (entry != null) {
                return step(entry);
            }
            if (!settled) {
                return null;
            }
            skipDamage();
        }
        return null;
    }

    /** Moves to the first record with at least this number. The log must have no writers. */
    void skipTo(long least) {
        while (toPublished() && sequence < least) {
            Entry entry = read();
            if (entry == null) {
                skipDamage();
            } else {
                step(entry);
            }
        }
    }

    private @Nullable Entry read() {
        Entry entry = segment.read(offset, sequence, checksum);
        return entry != null && entry.sequence() == sequence ? entry : null;
    }

    private Entry step(Entry entry) {
        offset += entry.footprint();
        sequence++;
        return entry;
    }

    /** Time of the next record, milliseconds since 1970 UTC; 0 if there is none yet. */
    long nextTime() {
        return toPublished() ? segment.timeAt(offset) : 0;
    }

    /** Moves to the following segment if the cursor is in the given one. */
    void leave(Segment behind, Segment following) {
        if (segment == behind) {
            moveTo(following);
        }
    }

    private boolean toPublished() {
        while (true) {
            boolean sealed = segment.isSealed();
            if (offset < segment.tail()) {
                return true;
            }
            Segment following = segment.next();
            if (!sealed || following == null) {
                return false;
            }
            moveTo(following);
        }
    }

    private void moveTo(Segment following) {
        segment = following;
        offset = SegmentHeader.BYTES;
        sequence = following.base();
    }

    /** Moves to the next intact record of the segment, or to its tail. */
    private void skipDamage() {
        Gaps.Cause cause = segment.causeAt(offset);
        int last = segment.tail() - RecordLayout.PAYLOAD;
        for (int at = segment.placeAfter(offset); at <= last; at = segment.placeAfter(at)) {
            Entry entry = segment.read(at, sequence + 1, checksum);
            if (entry != null) {
                gaps.add(sequence, entry.sequence(), cause);
                offset = at;
                sequence = entry.sequence();
                return;
            }
        }
        gaps.add(sequence, segment.end(), cause);
        offset = segment.tail();
        sequence = segment.end();
    }
}
