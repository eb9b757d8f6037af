package io.variate.web.connections;

import java.util.HashMap;
import java.util.Map;

/**
 * The memory that one connection holds of each account. Thread-safe.
 *
 * <p>When the connection is {@linkplain #reclaim aborted}, others may take its memory at once, so that no more connections are
 * aborted than necessary. The accounts still count it as being reclaimed until the connection is closed.
 */
final class HeldMemory {
    private final Map<MemoryAccount, Long> byAccount = new HashMap<>(2);
    private volatile long total;
    private volatile boolean reclaimed;
    private boolean closed;

    /** Bytes over all accounts. */
    long total() {
        return total;
    }

    /** Whether the connection is aborted. */
    boolean isReclaimed() {
        return reclaimed;
    }

    /** Adds bytes taken from an account; returns false, and returns them to the account, if the connection is aborted. */
    synchronized boolean add(MemoryAccount account, long bytes) {
        if (reclaimed) {
            account.release(bytes);
            return false;
        }
        total += bytes;
        byAccount.merge(account, bytes, Long::sum);
        return true;
    }

    /** Returns bytes to their account; has no effect once the connection is aborted. */
    synchronized void release(MemoryAccount account, long bytes) {
        if (!reclaimed) {
            total -= bytes;
            byAccount.merge(account, -bytes, Long::sum);
            account.release(bytes);
        }
    }

    /** Returns everything to the accounts because the connection is aborted; false if it was already. */
    synchronized boolean reclaim() {
        if (reclaimed) {
            return false;
        }
        reclaimed = true;
        if (closed) {
            byAccount.forEach(MemoryAccount::release);
            byAccount.clear();
        } else {
            byAccount.forEach(MemoryAccount::startReclaim);
        }
        total = 0;
        return true;
    }

    /** The connection is closed, so that its memory is free. */
    synchronized void close() {
        if (reclaimed && !closed) {
            byAccount.forEach(MemoryAccount::finishReclaim);
            byAccount.clear();
        }
        closed = true;
    }
}
