package io.variate.assignments;

/**
 * {@link String#hashCode} of a text that is never built: of words, each with a space after it. Texts can be put behind
 * one another by their hashes, for the hash of both is that of the first, times 31 to the length of the second, plus
 * that of the second.
 *
 * <p>Source: the hash in the {@code insert_id} of Amplitude's server SDKs. Not thread-safe while being added to.
 */
final class CanonicalHash {
    private static final int BASE = 31;

    private int hash;

    /** {@link #BASE} to the length of the text. */
    private int power = 1;

    int hash() {
        return hash;
    }

    CanonicalHash clear() {
        hash = 0;
        power = 1;
        return this;
    }

    CanonicalHash add(String word) {
        append(word.hashCode(), power(word.length()));
        append(' ', BASE);
        return this;
    }

    CanonicalHash add(CanonicalHash other) {
        append(other.hash, other.power);
        return this;
    }

    /** The hash with another text, known by its hash, before this one. */
    int after(int before) {
        return before * power + hash;
    }

    private void append(int otherHash, int otherPower) {
        hash = hash * otherPower + otherHash;
        power *= otherPower;
    }

    private static int power(int exponent) {
        int power = 1;
        int square = BASE;
        for (int rest = exponent; rest > 0; rest >>= 1) {
            power *= (rest & 1) == 0 ? 1 : square;
            square *= square;
        }
        return power;
    }
}
