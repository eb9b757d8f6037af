package io.variate.assignments.spool;

/**
 * The layout of a record, little-endian, aligned to 8 bytes: length of frame, key and value (written last; zero until
 * then), CRC-32C, sequence number, time, length of the key; then key and value.
 */
final class RecordLayout {
    static final int LENGTH = 0;
    static final int CHECKSUM = 4;
    static final int SEQUENCE = 8;
    static final int TIME = 16;
    static final int KEY_LENGTH = 24;
    static final int PAYLOAD = 28;

    static final int ALIGNMENT = 8;

    private RecordLayout() {}

    /** Bytes of a record, including frame and padding. */
    static int footprint(int payload) {
        return Math.addExact(PAYLOAD + ALIGNMENT - 1, payload) & -ALIGNMENT;
    }
}
