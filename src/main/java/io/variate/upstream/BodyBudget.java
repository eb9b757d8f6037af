package io.variate.upstream;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds the decompressed bytes of the upstream that this node holds at one time: bodies and events that arrive, wait, or are
 * parsed. Thread-safe.
 */
final class BodyBudget {
    private static final int MAX_BODY_BYTES = 64 * 1024 * 1024;

    /** Parsed values take a multiple of their text. */
    private static final int SHARE_OF_HEAP = 8;

    private final long capacity;
    private final AtomicLong used = new AtomicLong();

    /** @param capacity in bytes */
    BodyBudget(long capacity) {
        this.capacity = capacity;
    }

    /** The budget of a node. */
    static BodyBudget ofHeap() {
        return new BodyBudget(Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP);
    }

    /** The bound of one body or event. Half the budget, so that one endless body leaves room for others. */
    int maxBodyBytes() {
        return (int) Math.min(MAX_BODY_BYTES, capacity / 2);
    }

    /** The bytes that are held now. */
    long used() {
        return used.get();
    }

    /** Starts to hold nothing. */
    Reservation open() {
        return new Reservation();
    }

    /** The bytes of one body or event. Thread-safe. */
    final class Reservation implements AutoCloseable {
        private long bytes;
        private boolean closed;

        private Reservation() {}

        /**
         * Holds this many bytes from now on. Call it before they are kept.
         *
         * @throws UpstreamException if the budget does not have them
         */
        synchronized void resize(long newBytes) {
            if (closed) {
                return;
            }
            long more = newBytes - bytes;
            if (used.addAndGet(more) > capacity && more > 0) {
                used.addAndGet(-more);
                throw new UpstreamException(
                        UpstreamException.Kind.OVERLOADED,
                        "the answers of the upstream exceed " + capacity + " bytes at one time");
            }
            bytes = newBytes;
        }

        /** Gives all bytes back. Further calls do nothing. */
        @Override
        public synchronized void close() {
            closed = true;
            used.addAndGet(-bytes);
            bytes = 0;
        }
    }
}
