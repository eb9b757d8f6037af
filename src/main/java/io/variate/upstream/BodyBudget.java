package io.variate.upstream;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds the decompressed bytes of the upstream that this node holds at one time: bodies and events that arrive, wait, or are
 * parsed. Thread-safe.
 */
final class BodyBudget {
    private static final int MAX_BODY_BYTES = 64 * 1024 * 1024;

    private static final int SHARE_OF_HEAP = 8;

    /** Dense JSON takes a multiple of its text once it is parsed. */
    private static final int BODY_SHARE_OF_HEAP = 32;

    private final long capacity;
    private final int maxBodyBytes;
    private final AtomicLong used = new AtomicLong();

    /**
     * @param capacity in bytes
     * @param maxBodyBytes bound of one body or event, less than the capacity, so that an endless one leaves room for others
     */
    BodyBudget(long capacity, int maxBodyBytes) {
        this.capacity = capacity;
        this.maxBodyBytes = maxBodyBytes;
    }

    /** The budget of a node. */
    static BodyBudget ofHeap() {
        long heap = Runtime.getRuntime().maxMemory();
        return new BodyBudget(heap / SHARE_OF_HEAP, (int) Math.min(MAX_BODY_BYTES, heap / BODY_SHARE_OF_HEAP));
    }

    /** The bound of one body or event. */
    int maxBodyBytes() {
        return maxBodyBytes;
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
