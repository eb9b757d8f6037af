package io.variate.rulesets.rows;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A digest of a set of rows: the sum of the digests of its rows modulo 2<sup>128</sup>. A change costs only the rows that
 * it touches, and the order of changes does not matter.
 *
 * <p>It tells apart rulesets that differ by accident, such as those of a restored database. It does not resist an attacker
 * who may write rows. Source of the construction: Bellare and Micciancio, "A New Paradigm for Collision-Free Hashing"
 * (AdHash), 1997.
 *
 * @param high the upper 64 bits
 * @param low the lower 64 bits
 */
public record Digest(long high, long low) {
    /** The digest of no rows. */
    public static final Digest EMPTY = new Digest(0, 0);

    private static final int HEX_DIGITS = 32;
    private static final char SEPARATOR = '\u001f';

    /**
     * The digest of one row: the first 128 bits of the SHA-256 of its parts in UTF-8, separated by U+001F. The migration of
     * the schema computes the same in SQL.
     */
    public static Digest of(RowKey key, long position, String definition) {
        String head = key.kind().table()
                + SEPARATOR
                + key.project()
                + SEPARATOR
                + key.key()
                + SEPARATOR
                + position
                + SEPARATOR;
        MessageDigest sha256 = sha256();
        sha256.update(head.getBytes(StandardCharsets.UTF_8));
        return ofBytes(sha256.digest(definition.getBytes(StandardCharsets.UTF_8)));
    }

    /** The digest in the first 16 bytes of an array, most significant first. */
    public static Digest ofBytes(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new Digest(buffer.getLong(), buffer.getLong());
    }

    /**
     * Reads the form of {@link #toString}.
     *
     * @throws IllegalArgumentException if the text is not 32 hexadecimal digits
     */
    public static Digest parse(String hex) {
        if (hex.length() != HEX_DIGITS) {
            throw new IllegalArgumentException("a digest has 32 hexadecimal digits");
        }
        return ofBytes(HexFormat.of().parseHex(hex));
    }

    /** The digest of both sets of rows together. */
    public Digest plus(Digest other) {
        long sum = low + other.low;
        long carry = Long.compareUnsigned(sum, low) < 0 ? 1 : 0;
        return new Digest(high + other.high + carry, sum);
    }

    /** The digest of these rows without the other ones. */
    public Digest minus(Digest other) {
        long borrow = Long.compareUnsigned(low, other.low) < 0 ? 1 : 0;
        return new Digest(high - other.high - borrow, low - other.low);
    }

    /** 32 hexadecimal digits in lower case. */
    @Override
    public String toString() {
        return HexFormat.of().toHexDigits(high) + HexFormat.of().toHexDigits(low);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
