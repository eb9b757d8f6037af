package io.variate.gzip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CrcTest {
    private static final int TRIALS = 500;

    @ParameterizedTest
    @EnumSource
    void combinesTheChecksOfPiecesIntoThatOfTheWhole(Crc.Polynomial polynomial) {
        for (int seed = 0; seed < TRIALS; seed++) {
            Random random = new Random(seed);
            byte[] bytes = new byte[random.nextInt(5000)];
            random.nextBytes(bytes);
            Crc combined = Crc.of(polynomial, ByteBuffer.allocate(0));
            for (int from = 0; from < bytes.length; ) {
                int to = from + Math.min(bytes.length - from, random.nextInt(1000));
                combined = combined.then(Crc.of(polynomial, ByteBuffer.wrap(bytes, from, to - from)));
                from = to;
            }

            assertThat(combined).as("seed " + seed).isEqualTo(Crc.of(polynomial, ByteBuffer.wrap(bytes)));
            assertThat(Integer.toUnsignedLong(combined.value())).isEqualTo(checksum(polynomial, bytes));
        }
    }

    @ParameterizedTest
    @EnumSource
    void combinesInAnyGrouping(Crc.Polynomial polynomial) {
        byte[] bytes = new byte[300];
        new Random(1).nextBytes(bytes);
        Crc one = Crc.of(polynomial, ByteBuffer.wrap(bytes, 0, 100));
        Crc two = Crc.of(polynomial, ByteBuffer.wrap(bytes, 100, 7));
        Crc three = Crc.of(polynomial, ByteBuffer.wrap(bytes, 107, 193));

        assertThat(one.then(two).then(three)).isEqualTo(one.then(two.then(three)));
    }

    @Test
    void combinesLongPieces() {
        byte[] bytes = new byte[20_000_000];
        new Random(2).nextBytes(bytes);
        int middle = 12_345_678;

        Crc combined = Crc.of(Crc.Polynomial.CRC32, ByteBuffer.wrap(bytes, 0, middle))
                .then(Crc.of(Crc.Polynomial.CRC32, ByteBuffer.wrap(bytes, middle, bytes.length - middle)));

        assertThat(combined).isEqualTo(Crc.of(Crc.Polynomial.CRC32, ByteBuffer.wrap(bytes)));
    }

    @Test
    void dependsOnTheOrder() {
        Crc one = Crc.of(Crc.Polynomial.CRC32, ByteBuffer.wrap(new byte[] {1}));
        Crc two = Crc.of(Crc.Polynomial.CRC32, ByteBuffer.wrap(new byte[] {2}));

        assertThat(one.then(two)).isNotEqualTo(two.then(one));
    }

    @Test
    void rejectsADifferentPolynomial() {
        Crc one = Crc.of(Crc.Polynomial.CRC32, ByteBuffer.allocate(1));
        Crc other = Crc.of(Crc.Polynomial.CRC32C, ByteBuffer.allocate(1));

        assertThatThrownBy(() -> one.then(other)).isInstanceOf(IllegalArgumentException.class);
    }

    private static long checksum(Crc.Polynomial polynomial, byte[] bytes) {
        Checksum checksum = polynomial == Crc.Polynomial.CRC32 ? new CRC32() : new CRC32C();
        checksum.update(bytes);
        return checksum.getValue();
    }
}
