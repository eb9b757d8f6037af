package io.variate.rulesets.rows;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.InflaterInputStream;

/** Reads what a {@link FieldWriter} has written. Not thread-safe. */
public final class FieldReader {
    private final ByteBuffer bytes;

    private FieldReader(ByteBuffer bytes) {
        this.bytes = bytes;
    }

    /**
     * Reads fields that are not compressed.
     *
     * @throws UnreadableRowsException if they have another version
     */
    public static FieldReader ofPlain(byte[] encoded, int version) {
        requireVersion(encoded, version);
        return new FieldReader(ByteBuffer.wrap(encoded, 1, encoded.length - 1));
    }

    /**
     * Decompresses fields.
     *
     * @throws UnreadableRowsException if they have another version or are damaged
     */
    public static FieldReader ofCompressed(byte[] encoded, int version) {
        requireVersion(encoded, version);
        try (InflaterInputStream fields =
                new InflaterInputStream(new ByteArrayInputStream(encoded, 1, encoded.length - 1))) {
            return new FieldReader(ByteBuffer.wrap(fields.readAllBytes()));
        } catch (IOException e) {
            throw UnreadableRowsException.malformed("cannot decompress: " + e.getMessage());
        }
    }

    private static void requireVersion(byte[] encoded, int version) {
        if (encoded.length == 0) {
            throw UnreadableRowsException.malformed("empty");
        }
        if (encoded[0] != version) {
            throw UnreadableRowsException.unknownVersion(encoded[0]);
        }
    }

    /** Reads a number. */
    public long number() {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte next = next();
            value |= (next & 0x7fL) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw UnreadableRowsException.malformed("a number has more than 64 bits");
    }

    /** Reads the number of elements that follow, each of at least one byte. */
    public int count() {
        long count = number();
        if (count < 0 || count > bytes.remaining()) {
            throw UnreadableRowsException.malformed("a count exceeds the bytes that follow");
        }
        return (int) count;
    }

    long signed() {
        long value = number();
        return (value >>> 1) ^ -(value & 1);
    }

    String text() {
        int length = count();
        String text = new String(bytes.array(), bytes.arrayOffset() + bytes.position(), length, StandardCharsets.UTF_8);
        bytes.position(bytes.position() + length);
        return text;
    }

    /** Reads a revision. */
    public Revision revision() {
        String history = text();
        long number = number();
        try {
            return new Revision(history, number, new Digest(bytes.getLong(), bytes.getLong()));
        } catch (BufferUnderflowException e) {
            throw UnreadableRowsException.malformed("ends within a revision");
        }
    }

    /**
     * Requires that nothing follows.
     *
     * @throws UnreadableRowsException if something follows
     */
    public void end() {
        if (bytes.hasRemaining()) {
            throw UnreadableRowsException.malformed(bytes.remaining() + " bytes too many");
        }
    }

    private byte next() {
        if (!bytes.hasRemaining()) {
            throw UnreadableRowsException.malformed("ends within a number");
        }
        return bytes.get();
    }
}
