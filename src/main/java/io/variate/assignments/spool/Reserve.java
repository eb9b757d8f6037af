package io.variate.assignments.spool;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The segment prepared ahead, and those that wait to be deleted. {@link #take} and {@link #retire} are thread-safe and
 * touch memory only; the work on files is done by one thread.
 */
final class Reserve {
    private final SpoolSettings settings;
    private final SegmentFiles files;
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicReference<@Nullable Segment> spare = new AtomicReference<>();
    private final Queue<Segment> retired = new ConcurrentLinkedQueue<>();
    private volatile boolean missed;
    private long nextOrdinal;
    private volatile Append obstacle = Append.NOT_READY;
    private volatile @Nullable String failure;

    /**
     * Without a spare at first.
     *
     * @param nextOrdinal number of the next file
     */
    Reserve(SpoolSettings settings, SegmentFiles files, long nextOrdinal) {
        this.settings = settings;
        this.files = files;
        this.nextOrdinal = nextOrdinal;
    }

    /** Counts a segment that was there before. */
    void adopt(Segment segment) {
        bytes.addAndGet(segment.size());
    }

    /** The spare, for the caller to use; null if there is none, see {@link #obstacle}. */
    @Nullable
    Segment take() {
        Segment taken = spare.getAndSet(null);
        missed = taken == null;
        return taken;
    }

    /** Whether somebody wanted a spare when there was none, and there is none yet. */
    boolean isMissed() {
        return missed && spare.get() == null;
    }

    /** Why there is no spare. */
    Append obstacle() {
        return obstacle;
    }

    /** Hands over a segment that nobody reads or writes any more. */
    void retire(Segment segment) {
        retired.add(segment);
    }

    boolean hasRetired() {
        return !retired.isEmpty();
    }

    /** Bytes of all files, those to be deleted included. */
    long bytes() {
        return bytes.get();
    }

    /** What went wrong with files last; null once work succeeds again. */
    @Nullable
    String failure() {
        return failure;
    }

    void failed(Throwable cause) {
        failure = cause.toString();
    }

    /** Deletes what is retired; what cannot be deleted is tried again at the next call. */
    void deleteRetired() {
        Segment segment;
        while ((segment = retired.peek()) != null) {
            try {
                segment.delete();
            } catch (IOException e) {
                failed(e);
                return;
            }
            retired.remove();
            bytes.addAndGet(-segment.size());
        }
    }

    /** Whether there is no spare, and the bound forbids one. */
    boolean isFull() {
        boolean full = spare.get() == null && bytes.get() + settings.segmentBytes() > settings.maxBytes();
        if (full) {
            // With the other policy room is being made.
            obstacle = settings.overflow() == SpoolSettings.Overflow.NEWEST ? Append.FULL : Append.NOT_READY;
        }
        return full;
    }

    /** Makes a spare if there is none and the bound allows it. */
    void prepare() {
        if (spare.get() != null || isFull()) {
            return;
        }
        try {
            Segment made = Segment.prepare(files.path(nextOrdinal), nextOrdinal, settings.segmentBytes());
            if (!(settings.sync() instanceof Sync.Never)) {
                files.force();
            }
            nextOrdinal++;
            bytes.addAndGet(made.size());
            failure = null;
            obstacle = Append.NOT_READY;
            spare.set(made);
        } catch (IOException e) {
            if (e instanceof FileAlreadyExistsException) {
                // The remains of an attempt that could not even be undone.
                nextOrdinal++;
            }
            failed(e);
            obstacle = Append.FAILED;
        }
    }
}
