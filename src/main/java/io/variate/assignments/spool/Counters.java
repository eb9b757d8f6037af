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
 * Counters in a mapped file, as durable as appended records: each increment survives a crash of the process. A power failure
 * may lose the increments of the last seconds. There is no checksum. If the file fails, counting continues in memory.
 *
 * <p>Thread-safe and lock-free.
 */
public final class Counters {
    /** Number of counters; all start at zero. */
    public static final int COUNT = 64;

    /** Distance in bytes: counters of different threads do not share a cache line. */
    private static final int STRIDE = 64;

    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

    /** The current values. The file is read only once, because reading it may fail. */
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
                // Writes zeros instead of leaving a hole, so that a full disk fails here.
                channel.write(ByteBuffer.allocate((int) missing), channel.size());
            }
            return new Counters(channel.map(MapMode.READ_WRITE, 0, COUNT * (long) STRIDE));
        } catch (InternalError e) {
            throw new IOException("cannot read " + file, e);
        }
    }

    private static int place(int index) {
        return index * (STRIDE / Long.BYTES);
    }

    /** Adds to a counter. */
    public void add(int index, long step) {
        values.getAndAdd(place(index), step);
        if (failed) {
            return;
        }
        try {
            long before = (long) LONG.getAndAdd(memory, index * STRIDE, step);
            if (before == step) {
                // The symptom of a page that the disk cannot provide: the step itself appears as the previous value.
                PageFaults.raise();
            }
        } catch (InternalError fault) {
            failed = true;
        }
    }

    /** Value of a counter. */
    public long get(int index) {
        return values.get(place(index));
    }

    void force() {
        mapping.force();
    }
}
