package io.variate.assignments.spool;

import io.variate.files.PrivateFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * An append-only log in a directory of its own. Many threads append; one thread reads in order and settles delivered records.
 *
 * <p>An append copies a record into a mapped file. Once the append returns, the record survives a crash of the process;
 * {@link Sync} defines what survives a power failure. The log is a chain of segments of equal size. A thread of the spool
 * prepares the next segment in advance and deletes settled ones, so that no append waits for a file. Sequence numbers are
 * consecutive from 0: a number whose record is unreadable later is counted as a loss.
 *
 * <p>Appends are thread-safe. They lock only at the end of a segment, for a few operations in memory. All other methods hold
 * the lock of the spool and at most copy memory, except that opening and closing access files.
 */
public final class Spool implements AutoCloseable {
    private static final long KEEPER_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long WRITER_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final SpoolSettings settings;
    private final DirectoryLock directory;
    private final Checkpoint checkpoint;
    private final Counters counters;
    private final Reserve reserve;
    private final Thread keeper;

    /** Separate from the keeper, because forcing may be slow and the next segment is urgent; null without forcing. */
    private final @Nullable Thread forcer;

    private final ThreadLocal<RecordChecksum> checksums = ThreadLocal.withInitial(RecordChecksum::new);
    private final Object rolling = new Object();
    private volatile Segment current;
    private volatile boolean closed;

    // Guarded by the lock of the spool.
    private final Gaps gaps;
    private final Cursor cursor;
    private final Deque<Batch> inFlight = new ArrayDeque<>();
    private Segment oldest;

    private record Batch(long end, long bytes, long time) {}

    private Spool(
            SpoolSettings settings,
            DirectoryLock directory,
            Checkpoint checkpoint,
            Counters counters,
            Recoverer recovered,
            SegmentFiles files) {
        this.settings = settings;
        this.directory = directory;
        this.checkpoint = checkpoint;
        this.counters = counters;
        this.gaps = recovered.gaps();
        this.reserve = new Reserve(settings, files, recovered.nextOrdinal());
        this.current = Segment.empty(recovered.nextSequence());
        this.oldest = chain(recovered.segments(), current);
        this.cursor = new Cursor(oldest, gaps);
        cursor.skipTo(gaps.floor());
        retireSettled();
        keeper = worker("variate-spool", this::keep);
        forcer = settings.sync() instanceof Sync.Every every
                ? worker(
                        "variate-spool-force",
                        new Forcer(current, every.interval().toNanos()))
                : null;
    }

    private static Thread worker(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }

    private Segment chain(List<Segment> segments, Segment last) {
        Segment first = last;
        for (int i = segments.size() - 1; i >= 0; i--) {
            segments.get(i).append(first);
            first = segments.get(i);
            reserve.adopt(first);
        }
        return first;
    }

    /** Opens or creates a spool, and recovers its files from any state. Accesses files: never call on an event loop. */
    public static Opening open(SpoolSettings settings) {
        DirectoryLock lock = null;
        try {
            PrivateFiles.createDirectories(settings.directory());
            lock = DirectoryLock.take(settings.directory());
            return lock == null
                    ? new Opening.Unavailable(
                            Opening.Reason.LOCKED, "another process or spool uses " + settings.directory())
                    : open(settings, lock);
        } catch (IOException | RuntimeException | InternalError e) {
            if (lock != null) {
                lock.release();
            }
            return new Opening.Unavailable(Opening.Reason.UNUSABLE, e.toString());
        }
    }

    private static Opening open(SpoolSettings settings, DirectoryLock lock) throws IOException {
        SegmentFiles files = new SegmentFiles(settings.directory());
        Checkpoint checkpoint = Checkpoint.open(settings.directory().resolve("checkpoint"));
        Counters counters = Counters.open(settings.directory().resolve("counters"));
        Recoverer recoverer = new Recoverer(files, checkpoint);
        recoverer.run();
        if (checkpoint.isMissing()) {
            checkpoint.save(recoverer.gaps().floor(), recoverer.gaps().below(), checkpoint.block());
        }
        Recovery report = recoverer.report();
        Spool spool = new Spool(settings, lock, checkpoint, counters, recoverer, files);
        spool.start();
        return new Opening.Opened(spool, report);
    }

    private void start() throws IOException {
        maintain();
        roll(current);
        keeper.start();
        if (forcer != null) {
            forcer.start();
        }
    }

    /** Appends a record whose value is the whole array. */
    public Append append(long time, byte[] key, byte[] value) {
        return append(time, key, value, 0, value.length);
    }

    /**
     * Appends a record. Allocates nothing. The caller may reuse the arrays afterwards.
     *
     * @param time milliseconds since 1970 UTC, the basis of the lag
     * @param key may be empty
     */
    public Append append(long time, byte[] key, byte[] value, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, value.length);
        int footprint = RecordLayout.footprint(Math.addExact(key.length, length));
        if (footprint > settings.segmentBytes() - SegmentHeader.BYTES) {
            return Append.TOO_LARGE;
        }
        RecordChecksum checksum = checksums.get();
        checksum.begin(key, value, offset, length);
        while (true) {
            Segment segment = current;
            long claim = segment.claim(footprint);
            if (claim != Segment.NO_PLACE) {
                return write(segment, claim, footprint, checksum, time, key, value, offset, length);
            }
            Append obstacle = roll(segment);
            if (obstacle != null) {
                return obstacle;
            }
        }
    }

    /**
     * Appends records of one time and key together: all of them consecutively in one segment, or none. Allocates nothing. The
     * caller may reuse the arrays afterwards.
     *
     * <p>A crash during the call may leave some of them in the log.
     *
     * @param values the concatenated values
     * @param ends end offset of each value in {@code values}
     * @param from index of the first value to append
     * @param to index after the last value to append, above {@code from}
     * @return one outcome for all: {@link Append#TOO_LARGE} if their total exceeds a segment, {@link Append#TORN} if any
     *     record is torn
     */
    public Append appendAll(long time, byte[] key, byte[] values, int[] ends, int from, int to) {
        Objects.checkFromToIndex(from, to, ends.length);
        long sum = 0;
        for (int i = from; i < to; i++) {
            sum += RecordLayout.footprint(Math.addExact(key.length, length(ends, i)));
        }
        if (sum > settings.segmentBytes() - SegmentHeader.BYTES) {
            return Append.TOO_LARGE;
        }
        int footprint = (int) sum;
        while (true) {
            Segment segment = current;
            long claim = segment.claim(to - from, footprint);
            if (claim != Segment.NO_PLACE) {
                return writeAll(segment, claim, footprint, time, key, values, ends, from, to);
            }
            Append obstacle = roll(segment);
            if (obstacle != null) {
                return obstacle;
            }
        }
    }

    private static int start(int[] ends, int number) {
        return number == 0 ? 0 : ends[number - 1];
    }

    private static int length(int[] ends, int number) {
        return ends[number] - start(ends, number);
    }

    private Append writeAll(
            Segment segment,
            long claim,
            int footprint,
            long time,
            byte[] key,
            byte[] values,
            int[] ends,
            int from,
            int to) {
        RecordChecksum checksum = checksums.get();
        try {
            long place = claim;
            for (int i = from; i < to; i++) {
                int length = length(ends, i);
                checksum.begin(key, values, start(ends, i), length);
                segment.write(place, checksum, time, key, values, start(ends, i), length);
                place = Segment.following(place, RecordLayout.footprint(key.length + length));
            }
        } catch (InternalError e) {
            abandon(segment, e);
            return Append.TORN;
        } finally {
            segment.written(to - from);
        }
        return settings.sync() instanceof Sync.Always ? force(segment, claim, footprint) : Append.APPENDED;
    }

    private Append write(
            Segment segment,
            long claim,
            int footprint,
            RecordChecksum checksum,
            long time,
            byte[] key,
            byte[] value,
            int offset,
            int length) {
        try {
            segment.write(claim, checksum, time, key, value, offset, length);
        } catch (InternalError e) {
            abandon(segment, e);
            return Append.TORN;
        } finally {
            segment.written();
        }
        return settings.sync() instanceof Sync.Always ? force(segment, claim, footprint) : Append.APPENDED;
    }

    private Append force(Segment segment, long claim, int footprint) {
        try {
            segment.force(claim, footprint);
            return Append.APPENDED;
        } catch (UncheckedIOException e) {
            // After a failure the kernel may mark the pages clean, and the next force would report success.
            abandon(segment, e);
            return Append.UNFORCED;
        }
    }

    private void abandon(Segment segment, Throwable cause) {
        segment.seal();
        reserve.failed(cause);
    }

    /** Switches to the next segment. Returns the obstacle, or null on success. */
    private @Nullable Append roll(Segment full) {
        synchronized (rolling) {
            if (current != full) {
                return null;
            }
            if (closed) {
                return Append.CLOSED;
            }
            Segment following = reserve.take();
            if (following == null) {
                return reserve.obstacle();
            }
            full.seal();
            try {
                following.begin(full.end());
            } catch (InternalError e) {
                reserve.failed(e);
                reserve.retire(following);
                return Append.FAILED;
            }
            full.append(following);
            current = following;
        }
        LockSupport.unpark(keeper);
        return null;
    }

    /**
     * The next records in order, each once. Unsettled records are returned again after the next opening.
     *
     * @param most maximum number of records
     * @param mostBytes the batch ends with the record that reaches this size
     */
    public synchronized List<Entry> poll(int most, long mostBytes) {
        Cursor.Place start = cursor.place();
        try {
            return read(most, mostBytes);
        } catch (RuntimeException | OutOfMemoryError | InternalError e) {
            // Records that the caller did not receive must be read again, or they would be settled with later ones.
            cursor.moveTo(start);
            throw e;
        }
    }

    private List<Entry> read(int most, long mostBytes) {
        List<Entry> entries = new ArrayList<>();
        long bytes = 0;
        while (entries.size() < most && bytes < mostBytes) {
            Entry entry = next(entries);
            if (entry == null) {
                break;
            }
            entries.add(entry);
            bytes += entry.footprint();
        }
        if (!entries.isEmpty()) {
            inFlight.add(new Batch(cursor.sequence(), bytes, entries.get(0).time()));
        }
        return entries;
    }

    private @Nullable Entry next(List<Entry> before) {
        try {
            return closed ? null : cursor.next();
        } catch (OutOfMemoryError | InternalError e) {
            // The caller must still receive the records before it.
            if (before.isEmpty()) {
                throw e;
            }
            return null;
        }
    }

    /**
     * Settles all records before a sequence number, and saves the caller's block atomically with it. Fully settled segments
     * are deleted soon afterwards.
     *
     * <p>If the write fails, {@link SpoolStatus#failure} reports it and the spool retries. Until the retry succeeds, the next
     * opening returns these records again.
     *
     * @param sequence sequence number after the last delivered record
     * @param block at most 256 bytes; {@link #block} returns it, also after the next opening
     * @throws IllegalArgumentException if {@code sequence} is not between the settled and the polled records
     */
    public synchronized void commit(long sequence, byte[] block) {
        if (sequence < gaps.floor() || sequence > cursor.sequence()) {
            throw new IllegalArgumentException(
                    "sequence must be between " + gaps.floor() + " and " + cursor.sequence() + ", was " + sequence);
        }
        if (closed) {
            return;
        }
        long settled = gaps.settle(sequence);
        save(settled, block);
        while (!inFlight.isEmpty() && inFlight.element().end() <= settled) {
            inFlight.remove();
        }
        retireSettled();
        if (reserve.hasRetired()) {
            LockSupport.unpark(keeper);
        }
    }

    private void save(long settled, byte[] block) {
        try {
            checkpoint.save(settled, gaps.below(), block);
            if (settings.sync() instanceof Sync.Always) {
                checkpoint.force();
            }
        } catch (IOException e) {
            reserve.failed(e);
        }
    }

    private void retireSettled() {
        Segment following = oldest.next();
        while (following != null && oldest.end() <= gaps.floor() && oldest.isSettled()) {
            retireOldest(following);
            following = oldest.next();
        }
    }

    private void retireOldest(Segment following) {
        cursor.leave(oldest, following);
        reserve.retire(oldest);
        oldest = following;
    }

    /** The block of the last commit, of this run or an earlier one; empty before the first. */
    public synchronized byte[] block() {
        return checkpoint.block();
    }

    /** Counters stored with the log. */
    public Counters counters() {
        return counters;
    }

    /** A consistent snapshot. */
    public synchronized SpoolStatus status() {
        long next = current.end();
        long bytes = -cursor.offset();
        for (Segment segment = cursor.segment(); segment != null; segment = segment.next()) {
            bytes += segment.tail() - (segment == cursor.segment() ? 0 : SegmentHeader.BYTES);
        }
        for (Batch batch : inFlight) {
            bytes += batch.bytes();
        }
        Losses above = gaps.above();
        return new SpoolStatus(
                next,
                gaps.floor(),
                next - gaps.floor() - above.total(),
                bytes,
                inFlight.isEmpty() ? cursor.nextTime() : inFlight.element().time(),
                gaps.below().plus(above),
                reserve.bytes(),
                reserve.isMissed() ? reserve.obstacle() : null,
                reserve.failure());
    }

    private void keep() {
        repeat(this::maintain, KEEPER_INTERVAL_NANOS);
    }

    private void repeat(Chore chore, long pauseNanos) {
        while (!closed) {
            try {
                chore.run();
            } catch (IOException | RuntimeException | OutOfMemoryError | InternalError e) {
                reserve.failed(e);
            }
            LockSupport.parkNanos(pauseNanos);
        }
    }

    /** A recurring file operation. */
    private interface Chore {
        void run() throws IOException;
    }

    private void maintain() throws IOException {
        if (reserve.isFull() && settings.overflow() == SpoolSettings.Overflow.OLDEST) {
            dropOldest();
        }
        // Before anything else: forcing and deleting may be slow, and appends fail meanwhile without a spare.
        reserve.prepare();
        if (reserve.hasRetired()) {
            // The checkpoint must be on disk first: after a power failure, the deleted files would look like losses.
            synchronized (this) {
                checkpoint.saveAgain();
            }
            checkpoint.force();
            reserve.deleteRetired();
            reserve.prepare();
        }
    }

    /** Drops the oldest segment that frees space, unless it is the last. */
    private synchronized void dropOldest() {
        Segment following = oldest.next();
        while (following != null && oldest.isSettled()) {
            boolean frees = oldest.size() > 0;
            gaps.add(Math.max(oldest.base(), cursor.sequence()), oldest.end(), Gaps.Cause.DROPPED);
            retireOldest(following);
            following = frees ? null : oldest.next();
        }
    }

    /** Forces the log to disk at intervals. */
    private final class Forcer implements Runnable {
        private final long intervalNanos;

        /** Earlier segments are already on disk, and are not referenced, so that they can be collected. */
        private Segment first;

        Forcer(Segment first, long intervalNanos) {
            this.first = first;
            this.intervalNanos = intervalNanos;
        }

        @Override
        public void run() {
            repeat(this::force, intervalNanos);
        }

        private void force() throws IOException {
            Segment last = current;
            for (Segment segment = first; segment != null; segment = segment.next()) {
                segment.force();
            }
            checkpoint.force();
            counters.force();
            first = last;
        }
    }

    /**
     * Rejects further appends and reads, forces everything to disk and truncates unused space. Unsettled records stay for the
     * next opening.
     */
    @Override
    public void close() {
        synchronized (rolling) {
            if (closed) {
                return;
            }
            closed = true;
        }
        awaitEnd(keeper);
        if (forcer != null) {
            awaitEnd(forcer);
        }
        current.seal();
        awaitWriters();
        closeFiles();
    }

    private static void awaitEnd(Thread worker) {
        LockSupport.unpark(worker);
        boolean interrupted = false;
        while (worker.isAlive()) {
            try {
                worker.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void awaitWriters() {
        long start = System.nanoTime();
        while (!current.isSettled() && System.nanoTime() - start < WRITER_TIMEOUT_NANOS) {
            Thread.onSpinWait();
        }
    }

    private synchronized void closeFiles() {
        try {
            Segment spare = reserve.take();
            if (spare != null) {
                reserve.retire(spare);
            }
            Segment end = Segment.empty(current.end());
            current.append(end);
            retireSettled();
            checkpoint.saveAgain();
            checkpoint.force();
            counters.force();
            reserve.deleteRetired();
            for (Segment segment = oldest; segment != null; segment = segment.next()) {
                segment.finish();
            }
            checkpoint.close();
        } catch (IOException | UncheckedIOException e) {
            reserve.failed(e);
        } finally {
            directory.release();
        }
    }
}
