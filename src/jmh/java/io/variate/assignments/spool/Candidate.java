package io.variate.assignments.spool;

import io.variate.assignments.spool.SpoolSettings.Overflow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;

/** A log that could be the spool. */
interface Candidate extends AutoCloseable {
    Candidate NONE = new Candidate() {
        @Override
        public boolean append(byte[] key, byte[] value) {
            return false;
        }

        @Override
        public void close() {}
    };

    /** Whether the record was taken. */
    boolean append(byte[] key, byte[] value);

    @Override
    void close();

    static Candidate open(String name, Path directory) throws IOException {
        return switch (name) {
            case "spool" -> new OurSpool(directory);
            case "agrona" -> new MappedRing(directory.resolve("ring"));
            case "mvstore" -> new Tree(directory.resolve("tree"), false);
            case "mvstore-commit" -> new Tree(directory.resolve("tree"), true);
            case "file" -> new PlainFile(directory.resolve("file"));
            default -> throw new IllegalArgumentException(name);
        };
    }

    /** The one that we wrote. */
    final class OurSpool implements Candidate {
        private static final int SEGMENT = 64 << 20;

        private final Spool spool;
        private final AtomicLong refused = new AtomicLong();

        OurSpool(Path directory) {
            SpoolSettings settings =
                    new SpoolSettings(directory, SEGMENT, 8L * SEGMENT, Overflow.OLDEST, new Sync.Never());
            spool = ((Opening.Opened) Spool.open(settings)).spool();
        }

        @Override
        public boolean append(byte[] key, byte[] value) {
            boolean appended = spool.append(0, key, value) == Append.APPENDED;
            if (!appended) {
                refused.incrementAndGet();
            }
            return appended;
        }

        @Override
        public void close() {
            if (refused.get() > 0) {
                System.out.println(refused + " appends were refused");
            }
            spool.close();
        }
    }

    /** Agrona's ring buffer over a mapped file; no checksum, and each record has its key in front. */
    final class MappedRing implements Candidate {
        private static final int CAPACITY = 64 << 20;
        private static final int TYPE = 1;

        private final ManyToOneRingBuffer ring;
        private final Thread reader;
        private volatile boolean closed;

        MappedRing(Path file) throws IOException {
            try (FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                int size = CAPACITY + RingBufferDescriptor.TRAILER_LENGTH;
                ByteBuffer zeros = ByteBuffer.allocateDirect(size);
                while (zeros.hasRemaining()) {
                    channel.write(zeros);
                }
                MappedByteBuffer mapping = channel.map(FileChannel.MapMode.READ_WRITE, 0, size);
                for (int page = 0; page < size; page += 4096) {
                    mapping.put(page, (byte) 0);
                }
                ring = new ManyToOneRingBuffer(new UnsafeBuffer(mapping));
            }
            reader = new Thread(this::read, "reader");
            reader.start();
        }

        private void read() {
            while (!closed) {
                // Only what would not fit into a burst, so that bursts are not disturbed.
                if (ring.size() > CAPACITY - (CAPACITY >> 3)) {
                    ring.read((type, buffer, index, length) -> {}, 1000);
                }
                LockSupport.parkNanos(100_000);
            }
        }

        @Override
        public boolean append(byte[] key, byte[] value) {
            int index = ring.tryClaim(TYPE, key.length + value.length);
            if (index < 0) {
                return false;
            }
            ring.buffer().putBytes(index, key);
            ring.buffer().putBytes(index + key.length, value);
            ring.commit(index);
            return true;
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    /** H2's store. Without a commit a record is on the heap only, for up to a second. */
    final class Tree implements Candidate {
        private final MVStore store;
        private final MVMap<Long, byte[]> map;
        private final AtomicLong sequence = new AtomicLong();
        private final boolean commits;

        Tree(Path file, boolean commits) {
            this.commits = commits;
            store = new MVStore.Builder().fileName(file.toString()).open();
            map = store.openMap("events");
        }

        @Override
        public boolean append(byte[] key, byte[] value) {
            map.put(sequence.getAndIncrement(), value);
            if (commits) {
                store.commit();
            }
            return true;
        }

        @Override
        public void close() {
            store.closeImmediately();
        }
    }

    /** One system call for each record, into the page cache. */
    final class PlainFile implements Candidate {
        private final FileChannel channel;

        PlainFile(Path file) throws IOException {
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }

        @Override
        public boolean append(byte[] key, byte[] value) {
            try {
                channel.write(new ByteBuffer[] {ByteBuffer.wrap(key), ByteBuffer.wrap(value)});
                return true;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() {
            try {
                channel.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
