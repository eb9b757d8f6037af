package io.variate.gzip;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.Deflater;

/**
 * The parts of one gzip member whose content is compressed in pieces: {@link #header}, any number of pieces, {@link #trailer}.
 * A compressed piece depends on its own bytes and those before it only, so members can share it. A member of its own for each
 * piece would be simpler, but some clients read only the first member.
 *
 * <p>Sources: RFC 1952 for the member, RFC 1951 for the blocks. Thread-safe.
 */
public final class GzipParts {
    private static final int UNKNOWN_SYSTEM = 255;
    private static final byte[] HEADER = {0x1f, (byte) 0x8b, Deflater.DEFLATED, 0, 0, 0, 0, 0, 0, (byte) UNKNOWN_SYSTEM
    };

    /** A block without content, marked as the last: with the fixed code, it is two bytes. */
    private static final byte[] LAST_BLOCK = {0x03, 0x00};

    private static final int WINDOW_BYTES = 32 * 1024;

    /** More than the end of a flush needs, so that the end fits into one call. */
    private static final int SPARE_BYTES = 64;

    private GzipParts() {}

    /** The header of the member. */
    public static byte[] header() {
        return HEADER.clone();
    }

    /**
     * Compresses a piece at the default level, which costs about 40 ns per byte.
     *
     * @param before the bytes just before the piece in every member that gets it, or fewer of them: the piece may refer to the
     *     last 32 KiB
     * @param piece whose remaining bytes are compressed; neither position changes
     * @return blocks that end at the border of a byte
     */
    public static byte[] piece(ByteBuffer before, ByteBuffer piece) {
        Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
        try {
            int window = Math.min(WINDOW_BYTES, before.remaining());
            deflater.setDictionary(before.slice(before.limit() - window, window));
            deflater.setInput(piece.duplicate());
            byte[] compressed = new byte[piece.remaining() / 4 + SPARE_BYTES];
            int length = deflate(deflater, compressed, 0);
            while (length == compressed.length) {
                compressed = Arrays.copyOf(compressed, 2 * length);
                length += deflate(deflater, compressed, length);
            }
            return Arrays.copyOf(compressed, length);
        } finally {
            deflater.end();
        }
    }

    private static int deflate(Deflater deflater, byte[] to, int from) {
        return deflater.deflate(to, from, to.length - from, Deflater.SYNC_FLUSH);
    }

    /**
     * The end of the member.
     *
     * @param crc the check of the content of all pieces, with the polynomial {@link Crc.Polynomial#CRC32}
     * @param length of the content of all pieces, in bytes
     */
    public static byte[] trailer(Crc crc, long length) {
        return ByteBuffer.allocate(LAST_BLOCK.length + 2 * Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(LAST_BLOCK)
                .putInt(crc.value())
                .putInt((int) length)
                .array();
    }
}
