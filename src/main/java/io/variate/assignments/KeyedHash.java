package io.variate.assignments;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.SecureRandom;

/**
 * A 64-bit hash with a secret of this process, so that a client cannot search for input that collides with another user's.
 * {@link #HIGH} and {@link #LOW} have independent secrets and together form a 128-bit hash.
 *
 * <p>Folds each word in with a 64 × 64-bit multiplication and combines both halves of the product. Immutable.
 */
final class KeyedHash {
    static final KeyedHash HIGH;
    static final KeyedHash LOW;

    private static final VarHandle WORDS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    static {
        SecureRandom random = new SecureRandom();
        HIGH = new KeyedHash(random.nextLong(), random.nextLong() | 1);
        LOW = new KeyedHash(random.nextLong(), random.nextLong() | 1);
    }

    private final long secret;
    private final long multiplier;

    private KeyedHash(long secret, long multiplier) {
        this.secret = secret;
        this.multiplier = multiplier;
    }

    /** The hash of the first bytes of an array. */
    long of(byte[] bytes, int count) {
        long hash = folded(secret ^ count);
        int at = 0;
        for (; at + Long.BYTES <= count; at += Long.BYTES) {
            hash = folded(hash ^ (long) WORDS.get(bytes, at));
        }
        long rest = 0;
        for (; at < count; at++) {
            rest = (rest << Byte.SIZE) | (bytes[at] & 0xff);
        }
        return folded(folded(hash ^ rest) ^ secret);
    }

    private long folded(long word) {
        return Math.multiplyHigh(word, multiplier) ^ (word * multiplier);
    }
}
