package io.variate.hashing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SipHashTest {
    /** The key of the paper's test vectors: the bytes 00 to 0f. */
    private static final SipHash TARGET = new SipHash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);

    /** The values are those of OpenSSL's SIPHASH with c-rounds:1, d-rounds:3 and size:8. */
    @ParameterizedTest
    @CsvSource({
        "0, dcc40f055801acab",
        "1, 93ca577df39bf4c9",
        "7, 4011b19b987d92d3",
        "8, 8e9a298d11959036",
        "15, 5699512a6dd820d3",
        "63, a8b3bbb76290199d"
    })
    void agreesWithOpenSsl(int length, String expected) {
        byte[] input = new byte[64];
        for (int i = 0; i < input.length; i++) {
            input[i] = (byte) i;
        }

        byte[] hash = ByteBuffer.allocate(Long.BYTES)
                .putLong(Long.reverseBytes(TARGET.hash(input, length)))
                .array();

        assertThat(HexFormat.of().formatHex(hash)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"''", "a", "abcd", "abcde", "Jürgen 🚀 and more"})
    void hashesTextAsUtf16(String text) {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_16LE);

        assertThat(TARGET.hash(text)).isEqualTo(TARGET.hash(encoded, encoded.length));
    }

    /** A folded signed multiplication, used before, hashed half of such pairs to one value under any key. */
    @Test
    void separatesInputsThatDifferInComplementedWords() {
        for (int key = 0; key < 100; key++) {
            SipHash hash = SipHash.withRandomKey();

            assertThat(hash.hash("abcdefgh")).isNotEqualTo(hash.hash("\uff9f\uff9d\uff9c\uff9bdfgh"));
        }
    }

    @Test
    void differsFromKeyToKey() {
        assertThat(SipHash.withRandomKey().hash("a"))
                .isNotEqualTo(SipHash.withRandomKey().hash("a"));
    }
}
