package io.variate.assignments.spool;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** Recovers the segments of an earlier run, in whatever state they are. For one use. */
final class Recoverer {
    private final SegmentFiles files;
    private final Checkpoint checkpoint;
    private final Gaps gaps;
    private final List<Segment> segments = new ArrayList<>();
    private final List<String> reports = new ArrayList<>();
    private final SortedSet<Long> unreadable = new TreeSet<>();
    private boolean checkpointLost;
    private long tornBytes;

    Recoverer(SegmentFiles files, Checkpoint checkpoint) {
        this.files = files;
        this.checkpoint = checkpoint;
        this.gaps = new Gaps(checkpoint.sequence(), checkpoint.losses());
    }

    /** Recovers all segments. */
    void run() throws IOException {
        SortedSet<Long> ordinals = files.segments();
        unreadable.addAll(files.unreadable());
        checkpointLost = checkpoint.isMissing() && !ordinals.isEmpty();
        if (checkpoint.unreadable() != null) {
            reports.add(checkpoint.unreadable() + ": the checkpoint is damaged or has another format version");
        }
        for (long ordinal : ordinals) {
            recover(ordinal);
        }
        if (!segments.isEmpty()) {
            tornBytes = last().cutTail();
        }
    }

    private void recover(long ordinal) throws IOException {
        try {
            Segment segment = Segment.recover(files.path(ordinal), ordinal, end(), gaps);
            if (segment == null) {
                Files.delete(files.path(ordinal));
                return;
            }
            countMissingBefore(segment);
            segments.add(segment);
        } catch (UnreadableException | IOException e) {
            setAside(ordinal, e);
        }
    }

    private void setAside(long ordinal, Exception why) {
        unreadable.add(ordinal);
        String report = files.path(ordinal) + ": " + why.getMessage();
        try {
            files.setAside(ordinal);
            reports.add(report);
        } catch (IOException e) {
            reports.add(report + "; cannot rename it: " + e);
        }
    }

    private void countMissingBefore(Segment segment) {
        if (segments.isEmpty() && checkpointLost) {
            gaps.settle(segment.base());
            return;
        }
        long before = segments.isEmpty() ? 0 : last().ordinal();
        boolean damaged = before == segment.ordinal() - 1
                || !unreadable.subSet(before, segment.ordinal()).isEmpty();
        gaps.add(end(), segment.base(), damaged ? Gaps.Cause.DAMAGED : Gaps.Cause.DROPPED);
    }

    private Segment last() {
        return segments.get(segments.size() - 1);
    }

    private long end() {
        return segments.isEmpty() ? 0 : last().end();
    }

    /** The readable segments, in order. */
    List<Segment> segments() {
        return segments;
    }

    Gaps gaps() {
        return gaps;
    }

    /** The next sequence number. */
    long nextSequence() {
        return Math.max(gaps.floor(), end());
    }

    /** The number of the next file. */
    long nextOrdinal() {
        long last = segments.isEmpty() ? 0 : last().ordinal();
        return Math.max(last, unreadable.isEmpty() ? 0 : unreadable.last()) + 1;
    }

    Recovery report() {
        Losses lost = gaps.above();
        long records = nextSequence() - gaps.floor() - lost.total();
        return new Recovery(records, lost, tornBytes, List.copyOf(reports), checkpointLost);
    }
}
