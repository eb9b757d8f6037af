package io.variate.rulesets.rows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/**
 * Writes encoded rows: numbers as varints of 7 bits each, least significant first; texts as their length in bytes and UTF-8.
 * Not thread-safe.
 */
public final class FieldWriter {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** Writes a number; negative ones take ten bytes. */
    public FieldWriter number(long value) {
        long left = value;
        while ((left & ~0x7fL) != 0) {
            bytes.write((int) ((left & 0x7f) | 0x80));
            left >>>= 7;
        }
        bytes.write((int) left);
        return this;
    }

    /** Writes a number with its sign in the lowest bit, so that small negative ones are short. */
    FieldWriter signed(long value) {
        return number((value << 1) ^ (value >> 63));
    }

    /** Writes a text. */
    FieldWriter text(String text) {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        number(encoded.length);
        bytes.writeBytes(encoded);
        return this;
    }

    /** Writes a revision. */
    public FieldWriter revision(Revision revision) {
        text(revision.history()).number(revision.number());
        bytes.writeBytes(ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(revision.digest().high())
                .putLong(revision.digest().low())
                .array());
        return this;
    }

    /** The fields after a byte with the version of the format, uncompressed. */
    public byte[] plain(int version) {
        byte[] fields = bytes.toByteArray();
        return ByteBuffer.allocate(1 + fields.length)
                .put((byte) version)
                .put(fields)
                .array();
    }

    /** The fields, compressed for speed, after a byte with the version of the format. */
    public byte[] compressed(int version) {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream(bytes.size() / 4 + 64);
        compressed.write(version);
        Deflater deflater = new Deflater(Deflater.BEST_SPEED);
        try (DeflaterOutputStream out = new DeflaterOutputStream(compressed, deflater, 8_192)) {
            bytes.writeTo(out);
        } catch (IOException e) {
            throw new UncheckedIOException("a buffer in memory does not fail", e);
        } finally {
            deflater.end();
        }
        return compressed.toByteArray();
    }
}
