package io.variate.assignments;

/**
 * {@link String#hashCode} of a text that is never built: words, each followed by a space. Hashes of concatenated texts
 * combine: {@code hash(a + b) = hash(a) * 31^length(b) + hash(b)}.
 *
 * <p>Source: the hash in the {@code insert_id} of Amplitude's server SDKs. Not thread-safe while being added to.
 */
final class CanonicalHash {
    private static final int BASE = 31;

    private int hash;

    /** {@link #BASE} to the power of the length of the text. */
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

    /** The hash of this text after another text, given by its hash. */
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
