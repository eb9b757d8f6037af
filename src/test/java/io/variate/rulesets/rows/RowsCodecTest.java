package io.variate.rulesets.rows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RowsCodecTest {
    private static final Row FLAG = new Row(new RowKey(RowKind.FLAG, "shop", "ü"), -300, "{\"key\":\"ü\"}");
    private static final Row DEPLOYMENT = new Row(new RowKey(RowKind.DEPLOYMENT, "", "k"), 1L << 40, "{}");
    private static final RulesetDelta DELTA = new RulesetDelta(
            new Revision("h", 7, new Digest(1, 2)),
            new Revision("h", 300, new Digest(-1, 3)),
            new RowChanges(
                    List.of(new RowKey(RowKind.COHORT, "", "c"), new RowKey(RowKind.PROJECT, "p", "")), List.of(FLAG)));

    @Test
    void readsWhatItWrites() {
        RulesetRows rows = RulesetRows.of("h", 5, RowSet.of(List.of(FLAG, DEPLOYMENT)));
        assertThat(RowsCodec.decodeRuleset(RowsCodec.encode(rows))).isEqualTo(rows);
        RulesetRows none = RulesetRows.of("", 0, RowSet.EMPTY);
        assertThat(RowsCodec.decodeRuleset(RowsCodec.encode(none))).isEqualTo(none);
        assertThat(RowsCodec.decodeDelta(RowsCodec.encode(DELTA))).isEqualTo(DELTA);
    }

    /** Nodes of different versions exchange these bytes in a rolling upgrade. */
    @Test
    void keepsItsFormat() {
        assertThat(HexFormat.of().formatHex(RowsCodec.fields(DELTA).plain(RowsCodec.VERSION)))
                .isEqualTo("01016807000000000000000100000000000000020168ac02ffffffffffffffff000000"
                        + "000000000302030001630001700001020473686f7002c3bcd7040c7b226b6579223a22c3bc227d");
        assertThat(RowsCodec.decodeDelta(HexFormat.of()
                        .parseHex("01780163cc606780004628cdc498b186e93f1440c598999819189319180b181899588a"
                                + "33f20b980eefb9cec253ad949d5aa964a574788f522d004ae4130b")))
                .isEqualTo(DELTA);
    }

    @Test
    void rejectsAnUnknownVersion() {
        byte[] later = RowsCodec.encode(DELTA);
        later[0] = 2;
        assertThatThrownBy(() -> RowsCodec.decodeDelta(later))
                .isInstanceOfSatisfying(UnreadableRowsException.class, failure -> assertThat(failure.isUnknownVersion())
                        .isTrue());
    }

    @Test
    void rejectsTruncatedBytes() {
        byte[] whole = RowsCodec.encode(DELTA);
        // The last four bytes are a checksum that the decompression does not need.
        for (int length = 0; length < whole.length - 4; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> RowsCodec.decodeDelta(cut))
                    .as("cut after %d bytes", length)
                    .isInstanceOf(UnreadableRowsException.class);
        }
    }

    @Test
    void rejectsGarbage() {
        Random random = new Random(1);
        for (int i = 0; i < 2_000; i++) {
            FieldWriter garbage = new FieldWriter();
            for (int fields = random.nextInt(60); fields > 0; fields--) {
                garbage.number(random.nextInt(4) == 0 ? random.nextLong() : random.nextInt(20));
            }
            byte[] encoded = garbage.compressed(RowsCodec.VERSION);
            Throwable failure = catchThrowable(() -> RowsCodec.decodeRuleset(encoded));
            if (failure != null) {
                assertThat(failure).isInstanceOfAny(UnreadableRowsException.class, DigestMismatchException.class);
            }
        }
    }

    @Test
    void rejectsRowsOfAnotherDigest() {
        FieldWriter forged = new FieldWriter().revision(new Revision("h", 1, new Digest(1, 1)));
        byte[] encoded = forged.number(0).compressed(RowsCodec.VERSION);
        assertThatThrownBy(() -> RowsCodec.decodeRuleset(encoded)).isInstanceOf(DigestMismatchException.class);
    }
}
