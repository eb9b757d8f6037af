package io.variate.assignments.spool;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * CRC-32C of a record: its key and value, and then its frame and the salt of its segment. The salt is random, so bytes
 * inside an event can never be taken for a record, nor those of a file's earlier life.
 *
 * <p>Scratch space: owned by one thread.
 */
final class RecordChecksum {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private final CRC32C crc = new CRC32C();
    private final byte[] frame = new byte[32];

    /** Begins with the payload, which is known before the record has its place. Heap only: the CRC of a mapped page
     * that the disk cannot give would end the JVM. */
    void begin(byte[] key, byte[] value, int offset, int length) {
        crc.reset();
        crc.update(key, 0, key.length);
        crc.update(value, offset, length);
    }

    int finish(long salt, long sequence, long time, int length, int keyLength) {
        LONG.set(frame, 0, salt);
        LONG.set(frame, 8, sequence);
        LONG.set(frame, 16, time);
        INT.set(frame, 24, length);
        INT.set(frame, 28, keyLength);
        crc.update(frame, 0, frame.length);
        return (int) crc.getValue();
    }
}
