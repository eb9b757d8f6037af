package io.variate.assignments.spool;

import io.variate.files.PrivateFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

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
    private final @Nullable Path unreadable;
    private boolean isSaved = true;
    private long generation;
    private long sequence;
    private Losses losses = Losses.NONE;
    private byte[] block = NO_BLOCK;

    private Checkpoint(FileChannel channel, @Nullable Path unreadable) {
        this.channel = channel;
        this.unreadable = unreadable;
    }

    /** Opens or makes the file; one that cannot be read is set aside for a person to look at. */
    static Checkpoint open(Path file) throws IOException {
        byte[] content = Files.exists(file) ? read(file) : new byte[2 * SLOT];
        boolean isReadable = isSlot(content, 0) || isSlot(content, SLOT) || Arrays.equals(content, new byte[2 * SLOT]);
        Path aside = isReadable ? null : file.resolveSibling(file.getFileName() + ".unreadable");
        if (aside != null) {
            Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
        }
        FileChannel channel = PrivateFiles.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            long missing = 2L * SLOT - channel.size();
            if (missing > 0) {
                // Zeros rather than a hole: a full disk shows here.
                channel.write(ByteBuffer.allocate((int) missing), channel.size());
            }
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        Checkpoint checkpoint = new Checkpoint(channel, aside);
        checkpoint.load(content, 0);
        checkpoint.load(content, SLOT);
        return checkpoint;
    }

    private static byte[] read(Path file) throws IOException {
        ByteBuffer content = ByteBuffer.allocate(2 * SLOT);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            int count;
            do {
                count = channel.read(content);
            } while (count > 0);
        }
        return content.array();
    }

    private static boolean isSlot(byte[] content, int at) {
        ByteBuffer bytes =
                ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).position(at);
        return bytes.getInt() == MAGIC && bytes.getInt() == VERSION && bytes.getInt() == checksum(content, at);
    }

    private void load(byte[] content, int at) {
        ByteBuffer bytes =
                ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).position(at + CONTENT);
        long number = bytes.getLong();
        if (number > generation && isSlot(content, at)) {
            generation = number;
            sequence = bytes.getLong();
            losses = new Losses(bytes.getLong(), bytes.getLong(), bytes.getLong());
            int length = bytes.getInt();
            block = Arrays.copyOfRange(content, at + BLOCK, at + BLOCK + length);
        }
    }

    private static int checksum(byte[] content, int at) {
        CRC32C crc = new CRC32C();
        crc.update(content, at + CONTENT, USED - CONTENT);
        return (int) crc.getValue();
    }

    /**
     * Makes a new state the one to be found at the next opening, whenever the process dies.
     *
     * @throws IOException when the file does not take it; until {@link #saveAgain} does, the state before is found
     */
    void save(long settled, Losses lost, byte[] callersBlock) throws IOException {
        if (callersBlock.length > MOST_BLOCK) {
            throw new IllegalArgumentException("the block may have " + MOST_BLOCK + " bytes: " + callersBlock.length);
        }
        generation++;
        sequence = settled;
        losses = lost;
        block = callersBlock.clone();
        isSaved = false;
        write();
    }

    /** Saves what the last {@link #save} could not. */
    void saveAgain() throws IOException {
        if (!isSaved) {
            write();
        }
    }

    private void write() throws IOException {
        byte[] slot = new byte[USED];
        ByteBuffer bytes = ByteBuffer.wrap(slot).order(ByteOrder.LITTLE_ENDIAN);
        bytes.position(CONTENT);
        bytes.putLong(generation).putLong(sequence);
        bytes.putLong(losses.dropped()).putLong(losses.damaged()).putLong(losses.torn());
        bytes.putInt(block.length).put(block);
        bytes.putInt(0, MAGIC).putInt(4, VERSION).putInt(8, checksum(slot, 0));
        bytes.rewind();
        long at = generation % 2 * SLOT;
        while (bytes.hasRemaining()) {
            channel.write(bytes, at + bytes.position());
        }
        isSaved = true;
    }

    /** Brings what is saved to the disk. Thread-safe. */
    void force() throws IOException {
        channel.force(false);
    }

    void close() throws IOException {
        channel.close();
    }

    /** Whether there is none, or none that can be read. */
    boolean isMissing() {
        return generation == 0;
    }

    /** Where the file went that was there before and could not be read; null if there was none such. */
    @Nullable
    Path unreadable() {
        return unreadable;
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
