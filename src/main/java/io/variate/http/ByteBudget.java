package io.variate.http;

import java.util.concurrent.atomic.AtomicLong;

/** Memory that requests under way may have together, whichever event loops they came to. Thread-safe. */
public final class ByteBudget {
    private final long most;
    private final AtomicLong taken = new AtomicLong();

    /** @param most in bytes */
    public ByteBudget(long most) {
        this.most = most;
    }

    /** Takes so many bytes, unless that would be too many; what was taken is to be given back once. */
    boolean take(long bytes) {
        if (taken.addAndGet(bytes) <= most) {
            return true;
        }
        giveBack(bytes);
        return false;
    }

    void giveBack(long bytes) {
        taken.addAndGet(-bytes);
    }
}
