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
 * One file of the log, mapped. Writers claim a place with one atomic step, fill it without looking at each other, and
 * publish it by its length.
 *
 * <p>Claiming, writing and reading are thread-safe; the rest is done by one thread, before others see the segment or
 * when they are done with it.
 */
final class Segment {
    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** What {@link #claim} answers when there is no place. */
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

    /** Whether its file failed, which seals it. */
    private volatile boolean failed;

    private volatile long base;
    private volatile @Nullable Segment next;

    /** Sealed in the sign bit, then how many records have a place, then the offset where the next one goes. */
    private final AtomicLong claims = new AtomicLong(SegmentHeader.BYTES);

    /** How many places are filled, or will never be. */
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

    /** A sealed segment of no bytes, for the chain to begin with. */
    static Segment empty(long base) {
        Segment segment = new Segment(null, null, null, new SegmentHeader(-1, 0), 0);
        segment.base = base;
        segment.seal();
        return segment;
    }

    /**
     * Makes a file with all its blocks taken and all its pages touched, so that a full disk shows here, and not in the
     * middle of a write.
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
            throw e instanceof IOException failure ? failure : new IOException("the file cannot be written", e);
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
     * Opens the file of another life, sealed, up to its last record that is whole.
     *
     * @param leastBase the number that its first record must have at least
     * @param gaps counts what is lost between its records
     * @return null for one that never got a record
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
                throw new UnreadableException("its header is that of file " + header.ordinal());
            }
            if (SegmentHeader.isUnused(head)) {
                channel.close();
                return null;
            }
            Segment segment = new Segment(file, channel, mapping, header, size);
            segment.base = header.readBase(head);
            if (segment.base < leastBase) {
                throw new UnreadableException("it repeats the sequence numbers of the file before");
            }
            segment.findEnd(gaps);
            return segment;
        } catch (InternalError e) {
            channel.close();
            throw new IOException("the file cannot be read", e);
        } catch (IOException | UnreadableException e) {
            channel.close();
            throw e;
        }
    }

    /** A copy on the heap, which fails here if the disk does not give it. */
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
        // The padding of the last record may be missing from a file that was cut.
        claims.set(SEALED | (records * ONE_RECORD) | Math.min(end, size));
    }

    /** The next offset where a record may begin, beyond pages that the disk does not give. */
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

    /** Cuts what follows the last whole record. @return how many bytes of it were not zero, to the last of those */
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
     * Takes over from the segment before it: its first record will have that number.
     *
     * @throws InternalError when its file fails
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

    /** A place for a record, or {@link #NO_PLACE}. Whoever gets one calls {@link #write} and then {@link #written}. */
    long claim(int footprint) {
        return claim(1, footprint);
    }

    /**
     * A place for several records, one behind the other, or {@link #NO_PLACE}. The place of each but the first is {@link
     * #following} the one before.
     *
     * @param footprint of all of them
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

    /** The place behind a record, for the next one of the same claim. */
    static long following(long claim, int footprint) {
        return claim + ONE_RECORD + footprint;
    }

    static int offset(long claim) {
        return (int) claim;
    }

    /**
     * Fills a place.
     *
     * @throws InternalError when its file fails
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
        if (!isTaken(at, length, sequence, value, valueOffset, valueLength)) {
            PageFaults.raise();
        }
    }

    /**
     * Whether all pages of a record give back what was written to them. One that the disk does not give takes nothing
     * and gives nothing, and the JVM would tell too late.
     */
    private boolean isTaken(int at, int length, long sequence, byte[] value, int valueOffset, int valueLength) {
        long difference = (long) LONG.getVolatile(memory, at + RecordLayout.SEQUENCE) ^ sequence;
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

    /** Notes that a place is filled, or never will be. */
    void written() {
        written.incrementAndGet();
    }

    /** Notes that so many places are filled, or never will be. */
    void written(int records) {
        written.addAndGet(records);
    }

    /** No further record. */
    void seal() {
        claims.getAndUpdate(present -> present | SEALED);
    }

    boolean isSealed() {
        return claims.get() < 0;
    }

    /** Whether it will never change again. */
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

    /** The sequence number after its last. */
    long end() {
        return base + records(claims.get());
    }

    /** Offset after its last record. */
    int tail() {
        return offset(claims.get());
    }

    int size() {
        return size;
    }

    long ordinal() {
        return header.ordinal();
    }

    /** Why there is no record at an offset where one should be. */
    Gaps.Cause causeAt(int at) {
        return !failed && (int) INT.getAcquire(memory, at) == 0 ? Gaps.Cause.TORN : Gaps.Cause.DAMAGED;
    }

    /** The time of the record at an offset; 0 if it is not published, or cannot be read. */
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

    /** The record at an offset if there is a whole one, with at least that sequence number. */
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
     * Brings the records of a claim to the disk.
     *
     * @throws UncheckedIOException when the disk does not take it
     */
    void force(long claim, int footprint) {
        if (mapping != null) {
            mapping.force(offset(claim), footprint);
        }
    }

    /** Brings all to the disk. */
    void force() {
        if (mapping != null && !mapping.isReadOnly()) {
            mapping.force();
        }
    }

    /** Brings all to the disk, gives back what is not used if no writer is left, and ends writing. */
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

    /** Removes the file, once nobody reads or writes it any more. */
    void delete() throws IOException {
        if (file == null || channel == null) {
            return;
        }
        Files.deleteIfExists(file);
        // The mapping lives until it is collected as garbage, and the blocks would until then.
        channel.truncate(0);
        channel.close();
    }
}
