package io.variate.assignments.spool;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * CRC-32C of a record: key and value, then the frame and the salt of the segment. The salt is random, so neither bytes inside
 * an event nor remains of an earlier file can be mistaken for a record.
 *
 * <p>Scratch space of one thread.
 */
final class RecordChecksum {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private final CRC32C crc = new CRC32C();
    private final byte[] frame = new byte[32];

    /**
     * Begins with the payload, which is known before the record is placed. Only for heap arrays: a CRC over a mapped page that
     * the disk cannot provide would crash the JVM.
     */
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
