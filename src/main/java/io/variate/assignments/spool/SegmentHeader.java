package io.variate.assignments.spool;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.ThreadLocalRandom;
import java.util.zip.CRC32C;

/**
 * The header of a segment, little-endian: magic, format version, CRC-32C of the constant fields, ordinal, salt, and then the
 * first sequence number and its check, which are written when the segment is opened for appends.
 *
 * @param ordinal ordinal of the file
 * @param salt included in the checksums of all records; always negative
 */
record SegmentHeader(long ordinal, long salt) {
    static final int BYTES = 64;
    static final int VERSION = 1;

    private static final long MAGIC = 0x4C4F_4F50_5352_4156L;
    private static final int VERSION_AT = 8;
    private static final int CHECKSUM_AT = 12;
    private static final int ORDINAL_AT = 16;
    private static final int SALT_AT = 24;
    private static final int BASE_AT = 32;
    private static final int BASE_CHECK_AT = 40;

    static SegmentHeader create(long ordinal) {
        // Negative, so that the check of a first sequence number is never zero.
        return new SegmentHeader(ordinal, ThreadLocalRandom.current().nextLong() | Long.MIN_VALUE);
    }

    /** @throws UnreadableException if the header is missing, damaged or of another version */
    static SegmentHeader read(ByteBuffer bytes) throws UnreadableException {
        if (bytes.limit() < BYTES || bytes.getLong(0) != MAGIC) {
            throw new UnreadableException("not a spool segment: the header is missing");
        }
        if (bytes.getInt(VERSION_AT) != VERSION) {
            throw new UnreadableException("unsupported format version " + bytes.getInt(VERSION_AT));
        }
        SegmentHeader header = new SegmentHeader(bytes.getLong(ORDINAL_AT), bytes.getLong(SALT_AT));
        if (bytes.getInt(CHECKSUM_AT) != header.checksum()) {
            throw new UnreadableException("the header is damaged");
        }
        return header;
    }

    void write(ByteBuffer bytes) {
        bytes.putLong(0, MAGIC)
                .putInt(VERSION_AT, VERSION)
                .putInt(CHECKSUM_AT, checksum())
                .putLong(ORDINAL_AT, ordinal)
                .putLong(SALT_AT, salt);
    }

    void writeBase(ByteBuffer bytes, long base) {
        bytes.putLong(BASE_AT, base).putLong(BASE_CHECK_AT, base ^ salt);
    }

    /** Whether the segment was never opened for appends. */
    static boolean isUnused(ByteBuffer bytes) {
        return bytes.getLong(BASE_CHECK_AT) == 0;
    }

    /** @throws UnreadableException if the first sequence number is damaged */
    long readBase(ByteBuffer bytes) throws UnreadableException {
        long base = bytes.getLong(BASE_AT);
        if (bytes.getLong(BASE_CHECK_AT) != (base ^ salt) || base < 0) {
            throw new UnreadableException("the first sequence number is damaged");
        }
        return base;
    }

    private int checksum() {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(28)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(MAGIC)
                .putInt(VERSION)
                .putLong(ordinal)
                .putLong(salt)
                .flip());
        return (int) crc.getValue();
    }
}
