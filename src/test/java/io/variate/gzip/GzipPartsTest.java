package io.variate.gzip;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.DataFormatException;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import org.junit.jupiter.api.Test;

class GzipPartsTest {
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
    void aPieceIsTheSameInEveryMember() {
        byte[] text = "[{\"key\":\"a\"},{\"key\":\"b\"}]".repeat(100).getBytes(StandardCharsets.UTF_8);

        assertThat(GzipParts.piece(ByteBuffer.wrap(text))).isEqualTo(GzipParts.piece(ByteBuffer.wrap(text)));
    }

    @Test
    void readsAPieceInDirectMemoryAndKeepsItsPosition() {
        byte[] text = "0123456789".repeat(50).getBytes(StandardCharsets.UTF_8);
        ByteBuffer direct = ByteBuffer.allocateDirect(text.length).put(text).flip();

        assertThat(GzipParts.piece(direct)).isEqualTo(GzipParts.piece(ByteBuffer.wrap(text)));
        assertThat(direct.remaining()).isEqualTo(text.length);
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
        for (byte[] piece : pieces) {
            member.writeBytes(GzipParts.piece(ByteBuffer.wrap(piece)));
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
