package io.variate.assignments.spool;

import io.variate.files.PrivateFiles;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Numbers in a mapped file, for what is to be counted as durably as records are appended: each step survives the death
 * of the process. A power cut may take the steps of the last seconds; there is no checksum. When the file fails, they
 * are counted on in memory only.
 *
 * <p>Thread-safe, without locks.
 */
public final class Counters {
    /** There are this many, all zero in the beginning. */
    public static final int COUNT = 64;

    /** Apart, so that threads that count different things do not share a cache line. */
    private static final int STRIDE = 64;

    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

    /** What they stand at: never read from the file again, which may fail. */
    private final AtomicLongArray values = new AtomicLongArray(COUNT * STRIDE / Long.BYTES);

    private final MappedByteBuffer mapping;
    private final ByteBuffer memory;
    private volatile boolean failed;

    private Counters(MappedByteBuffer mapping) {
        this.mapping = mapping;
        this.memory = mapping;
        for (int index = 0; index < COUNT; index++) {
            values.set(place(index), (long) LONG.get(memory, index * STRIDE));
        }
        PageFaults.raise();
    }

    static Counters open(Path file) throws IOException {
        try (FileChannel channel =
                PrivateFiles.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long missing = COUNT * (long) STRIDE - channel.size();
            if (missing > 0) {
                // Zeros rather than a hole: a full disk shows here.
                channel.write(ByteBuffer.allocate((int) missing), channel.size());
            }
            return new Counters(channel.map(MapMode.READ_WRITE, 0, COUNT * (long) STRIDE));
        } catch (InternalError e) {
            throw new IOException(file + " cannot be read", e);
        }
    }

    private static int place(int index) {
        return index * (STRIDE / Long.BYTES);
    }

    /** Adds to one of them. */
    public void add(int index, long step) {
        values.getAndAdd(place(index), step);
        if (failed) {
            return;
        }
        try {
            long before = (long) LONG.getAndAdd(memory, index * STRIDE, step);
            if (before == step) {
                // That is what seems to have been there where the file gives no page.
                PageFaults.raise();
            }
        } catch (InternalError fault) {
            failed = true;
        }
    }

    /** What one of them stands at. */
    public long get(int index) {
        return values.get(place(index));
    }

    void force() {
        mapping.force();
    }
}
