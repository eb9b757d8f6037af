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
 * The position up to which the log is settled. The file has two slots that are written alternately, so that a torn write
 * leaves the previous slot intact. Not thread-safe.
 *
 * <p>A slot, little-endian: magic, format version, CRC-32C of the rest, generation, sequence number, losses, length of the
 * caller's block, the block.
 */
final class Checkpoint {
    /** Maximum length of the caller's block. */
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

    /** Opens or creates the file. Renames an unreadable file, so that an operator can inspect it. */
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
                // Writes zeros instead of leaving a hole, so that a full disk fails here.
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
     * Saves a state, which the next opening reads even after a crash.
     *
     * @throws IOException if the write fails; until {@link #saveAgain} succeeds, the next opening reads the previous state
     */
    void save(long settled, Losses lost, byte[] callersBlock) throws IOException {
        if (callersBlock.length > MOST_BLOCK) {
            throw new IllegalArgumentException(
                    "the block must have at most " + MOST_BLOCK + " bytes, has " + callersBlock.length);
        }
        generation++;
        sequence = settled;
        losses = lost;
        block = callersBlock.clone();
        isSaved = false;
        write();
    }

    /** Repeats the last {@link #save} if it failed. */
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

    /** Forces the file to disk. Thread-safe. */
    void force() throws IOException {
        channel.force(false);
    }

    void close() throws IOException {
        channel.close();
    }

    /** Whether there was no readable checkpoint. */
    boolean isMissing() {
        return generation == 0;
    }

    /** New name of an unreadable file; null if there was none. */
    @Nullable
    Path unreadable() {
        return unreadable;
    }

    /** First unsettled sequence number. */
    long sequence() {
        return sequence;
    }

    /** Losses before {@link #sequence}. */
    Losses losses() {
        return losses;
    }

    /** The caller's block. */
    byte[] block() {
        return block.clone();
    }
}
