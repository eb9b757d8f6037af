package io.variate.gzip;

import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;

/**
 * The cyclic redundancy check of some bytes. The checks of two byte sequences yield that of their concatenation without the
 * bytes.
 *
 * <p>Source: {@code crc32_combine} of zlib 1.2.12 by Mark Adler. A check is a polynomial over GF(2). Each appended bit
 * multiplies it by x, modulo the polynomial of the CRC.
 *
 * @param value as {@link Checksum#getValue} returns it
 * @param shift x to the power of the number of bits, modulo the polynomial of the CRC
 */
public record Crc(Polynomial polynomial, int value, int shift) {
    /** x to the power of 0. The highest bit is the coefficient of the lowest power, as in the checks themselves. */
    private static final int ONE = 1 << 31;

    /** x to the power of 8. */
    private static final int BYTE = ONE >>> 8;

    /** The polynomials that processors support. */
    public enum Polynomial {
        /** The polynomial of gzip. Source: RFC 1952, section 8. */
        CRC32(0xedb88320),
        /** The polynomial of Castagnoli. Source: RFC 3720, section 12.1. */
        CRC32C(0x82f63b78);

        private final int terms;

        Polynomial(int terms) {
            this.terms = terms;
        }

        private Checksum newChecksum() {
            return this == CRC32 ? new CRC32() : new CRC32C();
        }

        private int product(int left, int right) {
            int product = 0;
            int factor = right;
            for (int rest = left; rest != 0; rest <<= 1) {
                if (rest < 0) {
                    product ^= factor;
                }
                factor = (factor & 1) == 0 ? factor >>> 1 : factor >>> 1 ^ terms;
            }
            return product;
        }

        private int shift(int bytes) {
            int shift = ONE;
            int power = BYTE;
            for (int rest = bytes; rest != 0; rest >>>= 1) {
                if ((rest & 1) != 0) {
                    shift = product(shift, power);
                }
                power = product(power, power);
            }
            return shift;
        }
    }

    /** The check of the remaining bytes of a buffer, whose position stays the same. */
    public static Crc of(Polynomial polynomial, ByteBuffer bytes) {
        Checksum checksum = polynomial.newChecksum();
        checksum.update(bytes.duplicate());
        return new Crc(polynomial, (int) checksum.getValue(), polynomial.shift(bytes.remaining()));
    }

    /**
     * The check of these bytes followed by others.
     *
     * @param next with the same polynomial
     */
    public Crc then(Crc next) {
        if (polynomial != next.polynomial) {
            throw new IllegalArgumentException("cannot combine " + polynomial + " with " + next.polynomial);
        }
        return new Crc(
                polynomial, polynomial.product(next.shift, value) ^ next.value, polynomial.product(next.shift, shift));
    }
}
