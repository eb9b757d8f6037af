package io.variate.assignments.spool;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * How far the log is settled, in a small file with two slots that are written in turn: a write that is cut short leaves
 * the one before. Not thread-safe.
 *
 * <p>A slot, little-endian: magic, format version, CRC-32C of what follows, generation, place, losses, length of the
 * caller's block, the block.
 */
final class Checkpoint {
    /** The caller's block may be this long. */
    static final int MOST_BLOCK = 256;

    private static final int MAGIC = 0x4B43_5356;
    private static final int VERSION = 1;
    private static final int SLOT = 4096;
    private static final int CONTENT = 12;
    private static final int BLOCK = 56;
    private static final int USED = BLOCK + MOST_BLOCK;
    private static final byte[] NO_BLOCK = {};

    private final FileChannel channel;
    private final MappedByteBuffer memory;
    private long generation;
    private long sequence;
    private Losses losses = Losses.NONE;
    private byte[] block = NO_BLOCK;

    private Checkpoint(FileChannel channel, MappedByteBuffer memory) {
        this.channel = channel;
        this.memory = memory;
    }

    static Checkpoint open(Path file) throws IOException {
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            if (channel.size() < 2L * SLOT) {
                // Zeros rather than a hole: a full disk shows here.
                channel.write(ByteBuffer.allocate((int) (2L * SLOT - channel.size())), channel.size());
            }
            MappedByteBuffer memory = channel.map(MapMode.READ_WRITE, 0, 2L * SLOT);
            memory.order(ByteOrder.LITTLE_ENDIAN);
            Checkpoint checkpoint = new Checkpoint(channel, memory);
            checkpoint.load(0);
            checkpoint.load(SLOT);
            return checkpoint;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private void load(int at) {
        byte[] slot = new byte[USED];
        memory.get(at, slot);
        ByteBuffer bytes = ByteBuffer.wrap(slot).order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.getInt() != MAGIC || bytes.getInt() != VERSION || bytes.getInt() != checksum(slot)) {
            return;
        }
        long number = bytes.getLong();
        if (number > generation) {
            generation = number;
            sequence = bytes.getLong();
            losses = new Losses(bytes.getLong(), bytes.getLong(), bytes.getLong());
            int length = bytes.getInt();
            block = Arrays.copyOfRange(slot, BLOCK, BLOCK + length);
        }
    }

    private static int checksum(byte[] slot) {
        CRC32C crc = new CRC32C();
        crc.update(slot, CONTENT, slot.length - CONTENT);
        return (int) crc.getValue();
    }

    /** Makes a new state the one to be found at the next opening, whenever the process dies. */
    void save(long settled, Losses lost, byte[] callersBlock) {
        if (callersBlock.length > MOST_BLOCK) {
            throw new IllegalArgumentException("the block may have " + MOST_BLOCK + " bytes: " + callersBlock.length);
        }
        generation++;
        sequence = settled;
        losses = lost;
        block = callersBlock.clone();
        byte[] slot = new byte[USED];
        ByteBuffer bytes = ByteBuffer.wrap(slot).order(ByteOrder.LITTLE_ENDIAN);
        bytes.position(CONTENT);
        bytes.putLong(generation).putLong(sequence);
        bytes.putLong(lost.dropped()).putLong(lost.damaged()).putLong(lost.torn());
        bytes.putInt(block.length).put(block);
        bytes.putInt(0, MAGIC).putInt(4, VERSION).putInt(8, checksum(slot));
        memory.put((int) (generation % 2) * SLOT, slot);
    }

    void force() {
        memory.force();
    }

    void close() throws IOException {
        channel.close();
    }

    /** Whether there is none, or none that can be read. */
    boolean isMissing() {
        return generation == 0;
    }

    /** First sequence number that is not settled. */
    long sequence() {
        return sequence;
    }

    /** What was lost before it. */
    Losses losses() {
        return losses;
    }

    /** What the caller saved with it. */
    byte[] block() {
        return block.clone();
    }
}
