package io.variate.json;

import java.lang.ref.WeakReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Replaces equal values by one, because documents repeat the same few keys, names and lists. Remembers only recent
 * values, in a table of fixed size, and does not keep them in memory: values may be large. A value that is not remembered
 * stays as it is. Thread-safe.
 */
public final class Interner {

    /** The interner of the process: values repeat in all documents. */
    public static final Interner SHARED = new Interner();

    private static final int SLOTS = 1 << 13;

    private final AtomicReferenceArray<@Nullable WeakReference<Object>> recent = new AtomicReferenceArray<>(SLOTS);

    private Interner() {}

    /**
     * Returns an earlier value that is equal, or this one.
     *
     * @param value an immutable object
     */
    @SuppressWarnings("unchecked") // an equal object of the same class is of the same type
    public <T> T share(T value) {
        int hash = value.hashCode();
        int slot = (hash ^ hash >>> 16) & (SLOTS - 1);
        WeakReference<Object> remembered = recent.getAcquire(slot);
        Object known = remembered == null ? null : remembered.get();
        if (known != null && known.getClass() == value.getClass() && known.equals(value)) {
            return (T) known;
        }
        recent.setRelease(slot, new WeakReference<>(value));
        return value;
    }
}
