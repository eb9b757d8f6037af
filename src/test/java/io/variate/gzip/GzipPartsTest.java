package io.variate.gzip;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.DataFormatException;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import org.junit.jupiter.api.Test;

class GzipPartsTest {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    private static final int TRIALS = 300;
    private static final int HEADER_BYTES = 10;
    private static final int TRAILER_BYTES = 8;

    @Test
    void theJdkReadsRandomPieces() throws IOException {
        for (int seed = 0; seed < TRIALS; seed++) {
            List<byte[]> pieces = randomPieces(new Random(seed));

            assertThat(unzipped(member(pieces))).as("seed " + seed).isEqualTo(joined(pieces));
        }
    }

    @Test
    void theJdkReadsAMemberWithoutPieces() throws IOException {
        assertThat(unzipped(member(List.of()))).isEmpty();
    }

    @Test
    void theJdkReadsEmptyPieces() throws IOException {
        assertThat(unzipped(member(List.of(new byte[0], new byte[] {7}, new byte[0]))))
                .containsExactly(7);
    }

    /** Random bytes do not shrink, so the first output buffer is too small. */
    @Test
    void theJdkReadsALargePieceThatCannotBeCompressed() throws IOException {
        byte[] bytes = new byte[1_000_000];
        new Random(1).nextBytes(bytes);

        assertThat(unzipped(member(List.of(bytes)))).isEqualTo(bytes);
    }

    /** Some clients read only the first of several members. */
    @Test
    void writesOneMember() throws DataFormatException {
        List<byte[]> pieces = randomPieces(new Random(5));
        byte[] member = member(pieces);
        byte[] content = joined(pieces);
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(member, HEADER_BYTES, member.length - HEADER_BYTES);

            assertThat(inflater.inflate(new byte[content.length + 1])).isEqualTo(content.length);
            assertThat(inflater.finished()).isTrue();
            assertThat(inflater.getRemaining()).isEqualTo(TRAILER_BYTES);
        } finally {
            inflater.end();
        }
    }

    @Test
    void aPieceDependsOnItselfAndTheBytesBefore() {
        ByteBuffer text = ByteBuffer.wrap("[{\"key\":\"a\"},{\"key\":\"b\"}]".getBytes(StandardCharsets.UTF_8));

        assertThat(GzipParts.piece(NOTHING, text)).isEqualTo(GzipParts.piece(NOTHING, text));
        assertThat(GzipParts.piece(text, text)).hasSizeLessThan(GzipParts.piece(NOTHING, text).length);
    }

    @Test
    void readsDirectMemoryAndKeepsPositions() {
        byte[] text = "0123456789".repeat(50).getBytes(StandardCharsets.UTF_8);
        ByteBuffer direct = ByteBuffer.allocateDirect(text.length + 1)
                .put((byte) 7)
                .put(text)
                .flip()
                .position(1);

        assertThat(GzipParts.piece(direct, direct))
                .isEqualTo(GzipParts.piece(ByteBuffer.wrap(text), ByteBuffer.wrap(text)));
        assertThat(direct.position()).isEqualTo(1);
        assertThat(direct.remaining()).isEqualTo(text.length);
    }

    /** A reference across pieces must not reach farther than readers remember. */
    @Test
    void theJdkReadsPiecesThatRepeatBytesAtAnyDistance() throws IOException {
        byte[] noise = new byte[100_000];
        new Random(3).nextBytes(noise);
        for (int distance : new int[] {1, 258, 32_767, 32_768, 32_769, 65_536, 99_999}) {
            List<byte[]> pieces =
                    List.of(noise, Arrays.copyOfRange(noise, noise.length - distance, noise.length), noise);

            assertThat(unzipped(member(pieces))).as("distance " + distance).isEqualTo(joined(pieces));
        }
    }

    /** Pieces of every kind: empty, random, and repetitive, which refer far back. */
    private static List<byte[]> randomPieces(Random random) {
        List<byte[]> pieces = new ArrayList<>();
        for (int i = random.nextInt(6); i >= 0; i--) {
            byte[] piece = new byte[random.nextInt(4) == 0 ? random.nextInt(4) : random.nextInt(20_000)];
            if (random.nextBoolean()) {
                random.nextBytes(piece);
            } else {
                byte[] text = "{\"key\":\"flag\",\"segments\":[]},".getBytes(StandardCharsets.UTF_8);
                for (int at = 0; at < piece.length; at++) {
                    piece[at] = text[at % text.length];
                }
            }
            pieces.add(piece);
        }
        return pieces;
    }

    private static byte[] member(List<byte[]> pieces) {
        ByteArrayOutputStream member = new ByteArrayOutputStream();
        member.writeBytes(GzipParts.header());
        Crc crc = Crc.of(Crc.Polynomial.CRC32, ByteBuffer.allocate(0));
        byte[] before = {};
        for (byte[] piece : pieces) {
            member.writeBytes(GzipParts.piece(ByteBuffer.wrap(before), ByteBuffer.wrap(piece)));
            before = piece;
            crc = crc.then(Crc.of(Crc.Polynomial.CRC32, ByteBuffer.wrap(piece)));
        }
        member.writeBytes(GzipParts.trailer(crc, joined(pieces).length));
        return member.toByteArray();
    }

    private static byte[] joined(List<byte[]> pieces) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        pieces.forEach(joined::writeBytes);
        return joined.toByteArray();
    }

    private static byte[] unzipped(byte[] member) throws IOException {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(member))) {
            return in.readAllBytes();
        }
    }
}
