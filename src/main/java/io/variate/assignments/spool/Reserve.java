package io.variate.assignments.spool;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The spare segment, prepared in advance, and the retired segments, which are deleted later. {@link #take} and {@link
 * #retire} are thread-safe and access memory only. One thread performs all file operations.
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
     * Starts without a spare.
     *
     * @param nextOrdinal ordinal of the next file
     */
    Reserve(SpoolSettings settings, SegmentFiles files, long nextOrdinal) {
        this.settings = settings;
        this.files = files;
        this.nextOrdinal = nextOrdinal;
    }

    /** Adds the size of a recovered segment. */
    void adopt(Segment segment) {
        bytes.addAndGet(segment.size());
    }

    /** Takes the spare; null if there is none, see {@link #obstacle}. */
    @Nullable
    Segment take() {
        Segment taken = spare.getAndSet(null);
        missed = taken == null;
        return taken;
    }

    /** Whether the last {@link #take} found no spare, and there is still none. */
    boolean isMissed() {
        return missed && spare.get() == null;
    }

    /** Why there is no spare. */
    Append obstacle() {
        return obstacle;
    }

    /** Adds a segment without readers and writers to the retired ones. */
    void retire(Segment segment) {
        retired.add(segment);
    }

    boolean hasRetired() {
        return !retired.isEmpty();
    }

    /** Bytes of all files, including retired ones. */
    long bytes() {
        return bytes.get();
    }

    /** The last file error; null after a later success. */
    @Nullable
    String failure() {
        return failure;
    }

    void failed(Throwable cause) {
        failure = cause.toString();
    }

    /** Deletes the retired segments. The next call retries failed deletions. */
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

    /** Whether there is no spare, and {@code maxBytes} does not allow one. */
    boolean isFull() {
        boolean full = spare.get() == null && bytes.get() + settings.segmentBytes() > settings.maxBytes();
        if (full) {
            // With OLDEST, the oldest segment is being dropped.
            obstacle = settings.overflow() == SpoolSettings.Overflow.NEWEST ? Append.FULL : Append.NOT_READY;
        }
        return full;
    }

    /** Creates a spare if there is none and {@code maxBytes} allows one. */
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
                // Left over from an attempt whose cleanup failed too.
                nextOrdinal++;
            }
            failed(e);
            obstacle = Append.FAILED;
        }
    }
}
