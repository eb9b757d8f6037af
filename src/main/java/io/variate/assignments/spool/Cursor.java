package io.variate.assignments.spool;

import org.jspecify.annotations.Nullable;

/** Walks the chain of segments record by record, over gaps. Used by one thread at a time. */
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

    Segment segment() {
        return segment;
    }

    /** Number of the record that it stands before. */
    long sequence() {
        return sequence;
    }

    int offset() {
        return offset;
    }

    /** The next record; null when none is there yet. */
    @Nullable
    Entry next() {
        while (toPublished()) {
            // Asked before it is read: a record that is missing then is missing for good.
            boolean settled = segment.isSettled();
            Entry entry = read();
            if (entry != null) {
                offset += entry.footprint();
                sequence++;
                return entry;
            }
            if (!settled) {
                return null;
            }
            skipDamage();
        }
        return null;
    }

    /** Goes to the first record with at least that number, in a log that nobody writes to. */
    void skipTo(long least) {
        while (sequence < least && toPublished()) {
            Entry entry = read();
            if (entry == null) {
                skipDamage();
            } else {
                offset += entry.footprint();
                sequence++;
            }
        }
    }

    private @Nullable Entry read() {
        try {
            Entry entry = segment.read(offset, sequence, checksum);
            return entry != null && entry.sequence() == sequence ? entry : null;
        } catch (InternalError unreadable) {
            // The mapped file was cut, or the disk is broken: what is there to be read ends here.
            segment.seal();
            return null;
        }
    }

    /** When the next record was made, milliseconds since 1970; 0 when none is there yet. */
    long nextTime() {
        return toPublished() ? segment.timeAt(offset) : 0;
    }

    /** Goes on behind a segment, wherever it stood. */
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

    private void skipDamage() {
        try {
            Gaps.Cause cause = segment.causeAt(offset);
            Entry whole = findWhole();
            lose(whole == null ? segment.end() : whole.sequence(), cause);
        } catch (InternalError unreadable) {
            offset = segment.tail();
            lose(segment.end(), Gaps.Cause.DAMAGED);
        }
    }

    private void lose(long until, Gaps.Cause cause) {
        gaps.add(sequence, until, cause);
        sequence = until;
    }

    /** Moves to the next whole record of the segment, or to its tail. */
    private @Nullable Entry findWhole() {
        int tail = segment.tail();
        for (offset += RecordLayout.ALIGNMENT;
                offset <= tail - RecordLayout.PAYLOAD;
                offset += RecordLayout.ALIGNMENT) {
            Entry entry = segment.read(offset, sequence + 1, checksum);
            if (entry != null) {
                return entry;
            }
        }
        offset = tail;
        return null;
    }
}
