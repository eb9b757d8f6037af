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
 * An append-only log in a directory of its own: many threads append, one reads in order and settles what it has
 * delivered.
 *
 * <p>An append is a copy into a mapped file. What was appended survives the death of the process from the moment that
 * the append returns; {@link Sync} says what survives a power cut. The log is a chain of segments of one size; a thread
 * of the spool's own prepares the next one ahead and deletes those that are settled, so that no appender waits for a
 * file. Records are numbered from 0 on without a gap: a number that cannot be read later is a counted loss.
 *
 * <p>Appending is thread-safe and takes no lock but where a segment ends, for a few steps in memory. Everything else
 * takes the lock of the spool, and copies memory at the most; opening and closing work on files.
 */
public final class Spool implements AutoCloseable {
    private static final long KEEPING_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final SpoolSettings settings;
    private final DirectoryLock directory;
    private final Checkpoint checkpoint;
    private final Counters counters;
    private final Reserve reserve;
    private final Thread keeper;

    /** Apart from the keeper, for the disk may take its time and the next segment may not; null if nothing is forced. */
    private final @Nullable Thread forcer;

    private final ThreadLocal<RecordChecksum> checksums = ThreadLocal.withInitial(RecordChecksum::new);
    private final Object rolling = new Object();
    private volatile Segment current;
    private volatile boolean closed;

    // Guarded by the lock of the spool.
    private final Gaps gaps;
    private final Cursor cursor;
    private final Deque<Batch> underWay = new ArrayDeque<>();
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

    /** Opens or creates a spool, whatever state its files are in. Works on files: never on an event loop. */
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
        makeReady();
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
     * Appends a record. Allocates nothing. The arrays may be used again when this returns.
     *
     * @param time milliseconds since 1970 UTC, from which the lag is told
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
     * Appends records of one time and key together: all of them get a place, one behind the other in one segment, or none
     * does. Allocates nothing. The arrays may be used again when this returns.
     *
     * <p>A process that dies meanwhile may leave some of them in the log.
     *
     * @param values the values, one behind the other
     * @param ends where each value ends in {@code values}
     * @param from the first value to append
     * @param to the value to stop before, above {@code from}
     * @return one outcome for all of them: {@link Append#TOO_LARGE} if they are larger than a segment together, and {@link
     *     Append#TORN} if any of them is
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
            giveUp(segment, e);
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
            giveUp(segment, e);
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
            // After a failure the kernel may take the pages for clean, and the next force would say that all is well.
            giveUp(segment, e);
            return Append.UNFORCED;
        }
    }

    private void giveUp(Segment segment, Throwable cause) {
        segment.seal();
        reserve.failed(cause);
    }

    /** Goes on in the next segment; says what is in the way, or null if nothing is. */
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
     * The next records in order, once; those that are not settled come again at the next opening.
     *
     * @param most how many at the most
     * @param mostBytes ends the batch with the record that reaches it
     */
    public synchronized List<Entry> poll(int most, long mostBytes) {
        Cursor.Place start = cursor.place();
        try {
            return read(most, mostBytes);
        } catch (RuntimeException | OutOfMemoryError | InternalError e) {
            // What nobody got must come again, or it would be settled with what follows.
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
            underWay.add(new Batch(cursor.sequence(), bytes, entries.get(0).time()));
        }
        return entries;
    }

    private @Nullable Entry next(List<Entry> before) {
        try {
            return closed ? null : cursor.next();
        } catch (OutOfMemoryError | InternalError e) {
            // Those before must not be lost with it.
            if (before.isEmpty()) {
                throw e;
            }
            return null;
        }
    }

    /**
     * Settles all records before a number, and saves the caller's block in the same step. Segments that are settled as a
     * whole are deleted soon after.
     *
     * <p>When the disk does not take it, {@link SpoolStatus#failure} says so, and it is tried again; until then the next
     * opening gives these records once more.
     *
     * @param sequence one more than that of the last delivered record
     * @param block at most 256 bytes, given back by {@link #block} also after the next opening
     * @throws IllegalArgumentException for a record that was not polled, or is settled
     */
    public synchronized void commit(long sequence, byte[] block) {
        if (sequence < gaps.floor() || sequence > cursor.sequence()) {
            throw new IllegalArgumentException(
                    sequence + " is not between " + gaps.floor() + " and " + cursor.sequence());
        }
        if (closed) {
            return;
        }
        long settled = gaps.settle(sequence);
        save(settled, block);
        while (!underWay.isEmpty() && underWay.element().end() <= settled) {
            underWay.remove();
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

    /** What was saved with the last commit, in this life or another; empty before the first. */
    public synchronized byte[] block() {
        return checkpoint.block();
    }

    /** Numbers kept beside the log. */
    public Counters counters() {
        return counters;
    }

    /** Consistent in itself. */
    public synchronized SpoolStatus status() {
        long next = current.end();
        long bytes = -cursor.offset();
        for (Segment segment = cursor.segment(); segment != null; segment = segment.next()) {
            bytes += segment.tail() - (segment == cursor.segment() ? 0 : SegmentHeader.BYTES);
        }
        for (Batch batch : underWay) {
            bytes += batch.bytes();
        }
        Losses above = gaps.above();
        return new SpoolStatus(
                next,
                gaps.floor(),
                next - gaps.floor() - above.total(),
                bytes,
                underWay.isEmpty() ? cursor.nextTime() : underWay.element().time(),
                gaps.below().plus(above),
                reserve.bytes(),
                reserve.isMissed() ? reserve.obstacle() : null,
                reserve.failure());
    }

    private void keep() {
        repeat(this::makeReady, KEEPING_NANOS);
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

    /** Work on files that comes up again and again. */
    private interface Chore {
        void run() throws IOException;
    }

    private void makeReady() throws IOException {
        if (reserve.isFull() && settings.overflow() == SpoolSettings.Overflow.OLDEST) {
            dropOldest();
        }
        // First of all: forcing and deleting may take long, and appenders lose events meanwhile if there is no spare.
        reserve.prepare();
        if (reserve.hasRetired()) {
            // Were this place in the log not on the disk, a power cut would make the missing files look like losses.
            synchronized (this) {
                checkpoint.saveAgain();
            }
            checkpoint.force();
            reserve.deleteRetired();
            reserve.prepare();
        }
    }

    /** Drops the oldest segment that frees anything, if it is not the last. */
    private synchronized void dropOldest() {
        Segment following = oldest.next();
        while (following != null && oldest.isSettled()) {
            boolean frees = oldest.size() > 0;
            gaps.add(Math.max(oldest.base(), cursor.sequence()), oldest.end(), Gaps.Cause.DROPPED);
            retireOldest(following);
            following = frees ? null : oldest.next();
        }
    }

    /** Brings the log to the disk at intervals. */
    private final class Forcer implements Runnable {
        private final long intervalNanos;

        /** Those before it are on the disk, and are not held on to: segments are found from one another. */
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
     * Ends appending and reading, brings all to the disk and gives back the space that is not used. What is not settled
     * stays for the next opening.
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
        while (!current.isSettled() && System.nanoTime() - start < PATIENCE_NANOS) {
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
