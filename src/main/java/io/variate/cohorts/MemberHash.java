package io.variate.cohorts;

import java.security.SecureRandom;

/**
 * A hash of 64 bits of an id, under a secret that lives and dies with the process: nobody outside can look for an id
 * that counts as somebody else's.
 *
 * <p>Folds four characters at a time in by a multiplication to 128 bits, both halves of which are kept.
 */
final class MemberHash {
    private static final int CHARS = Long.BYTES / Character.BYTES;
    private static final long SECRET;
    private static final long MULTIPLIER;

    static {
        SecureRandom random = new SecureRandom();
        SECRET = random.nextLong();
        MULTIPLIER = random.nextLong() | 1;
    }

    private MemberHash() {}

    static long of(CharSequence id) {
        int length = id.length();
        long hash = folded(SECRET ^ length);
        int at = 0;
        for (; at + CHARS <= length; at += CHARS) {
            long word = id.charAt(at)
                    | ((long) id.charAt(at + 1) << 16)
                    | ((long) id.charAt(at + 2) << 32)
                    | ((long) id.charAt(at + 3) << 48);
            hash = folded(hash ^ word);
        }
        long rest = 0;
        for (; at < length; at++) {
            rest = (rest << Character.SIZE) | id.charAt(at);
        }
        return folded(folded(hash ^ rest) ^ SECRET);
    }

    private static long folded(long word) {
        return Math.multiplyHigh(word, MULTIPLIER) ^ (word * MULTIPLIER);
    }
}
