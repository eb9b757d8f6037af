package io.variate.assignments.spool;

import io.variate.files.PrivateFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One mapped file of the log. Writers claim a place with one atomic operation, fill it independently, and publish the record
 * by writing its length.
 *
 * <p>Claiming, writing and reading are thread-safe. One thread calls the other methods, before the segment is shared or when
 * no other thread uses it any more.
 */
final class Segment {
    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** Result of {@link #claim} without a free place. */
    static final long NO_PLACE = -1;

    private static final long SEALED = Long.MIN_VALUE;
    private static final long ONE_RECORD = 1L << 32;
    private static final int BLOCK = 1 << 20;
    private static final int PAGE = 4096;
    private static final byte[] NOTHING = {};

    private final @Nullable Path file;
    private final @Nullable FileChannel channel;
    private final @Nullable MappedByteBuffer mapping;
    private final ByteBuffer memory;
    private final SegmentHeader header;
    private final int size;

    /** Whether the file failed, which seals the segment. */
    private volatile boolean failed;

    private volatile long base;
    private volatile @Nullable Segment next;

    /** Sign bit: sealed. Upper half: number of claimed records. Lower half: offset of the next record. */
    private final AtomicLong claims = new AtomicLong(SegmentHeader.BYTES);

    /** Number of claimed places that are filled or whose write failed. */
    private final AtomicInteger written = new AtomicInteger();

    private Segment(
            @Nullable Path file,
            @Nullable FileChannel channel,
            @Nullable MappedByteBuffer mapping,
            SegmentHeader header,
            int size) {
        this.file = file;
        this.channel = channel;
        this.mapping = mapping;
        this.memory = mapping == null ? ByteBuffer.allocate(0) : mapping.order(ByteOrder.LITTLE_ENDIAN);
        this.header = header;
        this.size = size;
    }

    /** A sealed segment without bytes, the start of a chain. */
    static Segment empty(long base) {
        Segment segment = new Segment(null, null, null, new SegmentHeader(-1, 0), 0);
        segment.base = base;
        segment.seal();
        return segment;
    }

    /**
     * Creates a file with all blocks allocated and all pages touched, so that a full disk fails here and not during a
     * write.
     */
    static Segment prepare(Path file, long ordinal, int size) throws IOException {
        FileChannel channel = PrivateFiles.open(
                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            SegmentHeader header = SegmentHeader.create(ordinal);
            fill(channel, header, size);
            MappedByteBuffer mapping = channel.map(MapMode.READ_WRITE, 0, size);
            for (int page = PAGE; page < size; page += PAGE) {
                mapping.put(page, (byte) 0);
            }
            PageFaults.raise();
            return new Segment(file, channel, mapping, header, size);
        } catch (IOException | InternalError e) {
            channel.close();
            Files.deleteIfExists(file);
            throw e instanceof IOException failure ? failure : new IOException("cannot write the file", e);
        }
    }

    private static void fill(FileChannel channel, SegmentHeader header, int size) throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect(Math.min(BLOCK, size)).order(ByteOrder.LITTLE_ENDIAN);
        header.write(block);
        for (int at = 0; at < size; at += block.limit()) {
            block.position(0).limit(Math.min(block.capacity(), size - at));
            while (block.hasRemaining()) {
                channel.write(block);
            }
            if (at == 0) {
                block.put(0, new byte[SegmentHeader.BYTES]);
            }
        }
    }

    /**
     * Opens a file of an earlier run, sealed, up to its last intact record.
     *
     * @param leastBase lowest permitted sequence number of the first record
     * @param gaps counts the lost records between the intact ones
     * @return null for a file without records
     */
    static @Nullable Segment recover(Path file, long ordinal, long leastBase, Gaps gaps)
            throws IOException, UnreadableException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            int size = (int) Math.min(channel.size(), Integer.MAX_VALUE);
            if (size == 0) {
                channel.close();
                return null;
            }
            MappedByteBuffer mapping = channel.map(MapMode.READ_ONLY, 0, size);
            ByteBuffer memory = mapping.order(ByteOrder.LITTLE_ENDIAN);
            ByteBuffer head = head(memory);
            SegmentHeader header = SegmentHeader.read(head);
            if (header.ordinal() != ordinal) {
                throw new UnreadableException("the header belongs to file " + header.ordinal());
            }
            if (SegmentHeader.isUnused(head)) {
                channel.close();
                return null;
            }
            Segment segment = new Segment(file, channel, mapping, header, size);
            segment.base = header.readBase(head);
            if (segment.base < leastBase) {
                throw new UnreadableException("its sequence numbers overlap the previous file");
            }
            segment.findEnd(gaps);
            return segment;
        } catch (InternalError e) {
            channel.close();
            throw new IOException("cannot read the file", e);
        } catch (IOException | UnreadableException e) {
            channel.close();
            throw e;
        }
    }

    /** Copies the header to the heap; fails here if the disk cannot provide it. */
    private static ByteBuffer head(ByteBuffer memory) {
        byte[] head = new byte[Math.min(SegmentHeader.BYTES, memory.limit())];
        memory.get(0, head);
        PageFaults.raise();
        return ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
    }

    private void findEnd(Gaps gaps) {
        RecordChecksum checksum = new RecordChecksum();
        long sequence = base;
        int end = SegmentHeader.BYTES;
        int at = end;
        while (at <= size - RecordLayout.PAYLOAD) {
            Entry entry = read(at, sequence, checksum);
            if (entry == null) {
                at = placeAfter(at);
                continue;
            }
            gaps.add(sequence, entry.sequence(), causeAt(end));
            sequence = entry.sequence() + 1;
            at += entry.footprint();
            end = at;
        }
        long records = sequence - base;
        written.set((int) records);
        // A truncated file may lack the padding of the last record.
        claims.set(SEALED | (records * ONE_RECORD) | Math.min(end, size));
    }

    /** The next offset where a record may begin; skips pages that the disk cannot provide. */
    int placeAfter(int at) {
        int next = isGiven(at) ? at + RecordLayout.ALIGNMENT : (at & -PAGE) + PAGE;
        while (next <= size - RecordLayout.PAYLOAD) {
            if (next % PAGE == 0 && !isGiven(next)) {
                next += PAGE;
            } else if ((int) INT.getAcquire(memory, next) == 0) {
                next += RecordLayout.ALIGNMENT;
            } else {
                return next;
            }
        }
        return next;
    }

    private boolean isGiven(int at) {
        try {
            memory.get(at);
            PageFaults.raise();
            return true;
        } catch (InternalError fault) {
            fail();
            return false;
        }
    }

    private void fail() {
        failed = true;
        seal();
    }

    /** Truncates after the last intact record. Returns the number of truncated bytes up to the last non-zero one. */
    long cutTail() throws IOException {
        int end = tail();
        int last = size;
        try {
            while (last > end && memory.get(last - 1) == 0) {
                last--;
            }
            PageFaults.raise();
        } catch (InternalError fault) {
            fail();
        }
        if (channel != null && size > end) {
            channel.truncate(end);
        }
        return (long) last - end;
    }

    /**
     * Opens the segment for appends, with the sequence number of its first record.
     *
     * @throws InternalError if the file fails
     */
    void begin(long firstSequence) {
        base = firstSequence;
        header.writeBase(memory, firstSequence);
        PageFaults.raise();
    }

    void append(Segment following) {
        next = following;
    }

    @Nullable
    Segment next() {
        return next;
    }

    /** Claims a place for a record, or returns {@link #NO_PLACE}. Then call {@link #write} and {@link #written}. */
    long claim(int footprint) {
        return claim(1, footprint);
    }

    /**
     * Claims a place for several consecutive records, or returns {@link #NO_PLACE}. {@link #following} gives the place of each
     * record after the first.
     *
     * @param footprint total footprint of the records
     */
    long claim(int records, int footprint) {
        long present = claims.get();
        while (present >= 0 && (int) present <= size - footprint) {
            long seen = claims.compareAndExchange(present, present + records * ONE_RECORD + footprint);
            if (seen == present) {
                return present;
            }
            present = seen;
        }
        return NO_PLACE;
    }

    /** The place after a record, for the next record of the same claim. */
    static long following(long claim, int footprint) {
        return claim + ONE_RECORD + footprint;
    }

    static int offset(long claim) {
        return (int) claim;
    }

    /**
     * Fills a place.
     *
     * @throws InternalError if the file fails
     */
    void write(
            long claim,
            RecordChecksum checksum,
            long time,
            byte[] key,
            byte[] value,
            int valueOffset,
            int valueLength) {
        int at = offset(claim);
        long sequence = base + (claim >>> 32);
        int length = RecordLayout.PAYLOAD + key.length + valueLength;
        int crc = checksum.finish(header.salt(), sequence, time, length, key.length);
        memory.putInt(at + RecordLayout.CHECKSUM, crc);
        memory.putLong(at + RecordLayout.SEQUENCE, sequence);
        memory.putLong(at + RecordLayout.TIME, time);
        memory.putInt(at + RecordLayout.KEY_LENGTH, key.length);
        memory.put(at + RecordLayout.PAYLOAD, key, 0, key.length);
        memory.put(at + RecordLayout.PAYLOAD + key.length, value, valueOffset, valueLength);
        INT.setRelease(memory, at + RecordLayout.LENGTH, length);
        if (!isTaken(at, length, crc, value, valueOffset, valueLength)) {
            PageFaults.raise();
        }
    }

    /**
     * Whether all pages of a record return the bytes written to them. A page that the disk cannot provide ignores writes
     * and returns no data, and the JVM would report it too late. A failed read leaves its register as it was, so the read
     * spans two fields: a register may still contain one of them, but not both.
     */
    private boolean isTaken(int at, int length, int crc, byte[] value, int valueOffset, int valueLength) {
        long lengthAndChecksum = (long) crc << Integer.SIZE | length;
        long difference = (long) LONG.getVolatile(memory, at + RecordLayout.LENGTH) ^ lengthAndChecksum;
        int end = at + length;
        int start = end - valueLength;
        for (int page = (at & -PAGE) + PAGE; page < end; page += PAGE) {
            int first = Math.max(page, start);
            int last = Math.min(page + PAGE, end) - 1;
            if (first <= last) {
                difference |= memory.get(first) ^ value[valueOffset + first - start];
                difference |= memory.get(last) ^ value[valueOffset + last - start];
            }
        }
        return difference == 0;
    }

    /** Counts a place as filled, or as failed. */
    void written() {
        written.incrementAndGet();
    }

    /** Counts several places as filled, or as failed. */
    void written(int records) {
        written.addAndGet(records);
    }

    /** Allows no further claims. */
    void seal() {
        claims.getAndUpdate(present -> present | SEALED);
    }

    boolean isSealed() {
        return claims.get() < 0;
    }

    /** Whether the segment is sealed and has no writer left. */
    boolean isSettled() {
        long present = claims.get();
        return present < 0 && written.get() == records(present);
    }

    private static int records(long claims) {
        return (int) ((claims & ~SEALED) >>> 32);
    }

    /** First sequence number. */
    long base() {
        return base;
    }

    /** Sequence number after the last record. */
    long end() {
        return base + records(claims.get());
    }

    /** Offset after the last record. */
    int tail() {
        return offset(claims.get());
    }

    int size() {
        return size;
    }

    long ordinal() {
        return header.ordinal();
    }

    /** Why a record is missing at an offset. */
    Gaps.Cause causeAt(int at) {
        return !failed && (int) INT.getAcquire(memory, at) == 0 ? Gaps.Cause.TORN : Gaps.Cause.DAMAGED;
    }

    /** Time of the record at an offset; 0 if it is not published or unreadable. */
    long timeAt(int at) {
        try {
            long time = (int) INT.getAcquire(memory, at) == 0 ? 0 : memory.getLong(at + RecordLayout.TIME);
            PageFaults.raise();
            return time;
        } catch (InternalError fault) {
            fail();
            return 0;
        }
    }

    /** The intact record at an offset with at least a sequence number; else null. */
    @Nullable
    Entry read(int at, long leastSequence, RecordChecksum checksum) {
        try {
            Entry entry = readWhole(at, leastSequence, checksum);
            if (entry == null) {
                PageFaults.raise();
            }
            return entry;
        } catch (InternalError fault) {
            fail();
            return null;
        }
    }

    private @Nullable Entry readWhole(int at, long leastSequence, RecordChecksum checksum) {
        int length = (int) INT.getAcquire(memory, at);
        if (length < RecordLayout.PAYLOAD || length > size - at) {
            return null;
        }
        int keyLength = memory.getInt(at + RecordLayout.KEY_LENGTH);
        int valueLength = length - RecordLayout.PAYLOAD - keyLength;
        long sequence = memory.getLong(at + RecordLayout.SEQUENCE);
        if (keyLength < 0 || valueLength < 0 || sequence < leastSequence || sequence - base > at) {
            return null;
        }
        byte[] key = bytes(at + RecordLayout.PAYLOAD, keyLength);
        byte[] value = bytes(at + RecordLayout.PAYLOAD + keyLength, valueLength);
        long time = memory.getLong(at + RecordLayout.TIME);
        checksum.begin(key, value, 0, valueLength);
        int crc = checksum.finish(header.salt(), sequence, time, length, keyLength);
        return crc == memory.getInt(at + RecordLayout.CHECKSUM) ? new Entry(sequence, time, key, value) : null;
    }

    private byte[] bytes(int at, int length) {
        if (length == 0) {
            return NOTHING;
        }
        byte[] bytes = new byte[length];
        memory.get(at, bytes);
        return bytes;
    }

    /**
     * Forces the records of a claim to disk.
     *
     * @throws UncheckedIOException if the disk rejects them
     */
    void force(long claim, int footprint) {
        if (mapping != null) {
            mapping.force(offset(claim), footprint);
        }
    }

    /** Forces the whole segment to disk. */
    void force() {
        if (mapping != null && !mapping.isReadOnly()) {
            mapping.force();
        }
    }

    /** Forces the segment to disk, truncates unused space if no writer is left, and closes the file. */
    void finish() throws IOException {
        if (channel == null) {
            return;
        }
        force();
        if (isSettled() && tail() < size) {
            channel.truncate(tail());
        }
        channel.close();
    }

    /** Deletes the file. The segment must have no readers and writers. */
    void delete() throws IOException {
        if (file == null || channel == null) {
            return;
        }
        Files.deleteIfExists(file);
        // The mapping, and with it the disk blocks, would live until the next garbage collection.
        channel.truncate(0);
        channel.close();
    }
}
