package io.variate.assignments.spool;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Opens a spool after a kill, a power failure, a bad disk or foreign changes. */
class SpoolRecoveryTest {
    private static final byte[] NO_BLOCK = {};
    private static final int FOOTPRINT = RecordLayout.footprint(100);
    private static final int PER_SEGMENT = (Spools.SEGMENT - SegmentHeader.BYTES) / FOOTPRINT;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private int copies;

    @BeforeEach
    void spoolThreeSegmentsAndDie() throws IOException {
        Path live = directory.resolve("live");
        try (Spool spool = Spools.open(live).spool()) {
            Spools.putNumbered(spool, 0, 2 * PER_SEGMENT + 3);
            Await.value(
                    "the next segment is allocated",
                    () -> spool.status().fileBytes(),
                    seen -> seen == 4 * Spools.SEGMENT);
            Spools.copyAsKilled(live, directory.resolve("killed"));
        }
    }

    /** A fresh copy of what the dead process left: two full segments, one with three records, and one ahead. */
    private Path copy() throws IOException {
        return Spools.copyAsKilled(directory.resolve("killed"), directory.resolve("copy" + copies++));
    }

    private static Path segment(Path spool, int index) {
        return Spools.files(spool, ".spool").get(index);
    }

    private static long at(int record) {
        return SegmentHeader.BYTES + (long) (record % PER_SEGMENT) * FOOTPRINT;
    }

    private static List<Integer> allBut(Integer... lost) {
        return IntStream.range(0, 2 * PER_SEGMENT + 3)
                .boxed()
                .filter(number -> !List.of(lost).contains(number))
                .toList();
    }

    /** Opens the spool, reads all records, and checks that the counts balance. */
    private static Recovery read(Path spool, List<Integer> expected) {
        Opening.Opened opened = Spools.open(spool);
        try (Spool log = opened.spool()) {
            SpoolStatus before = log.status();
            List<Entry> entries = Spools.pollAll(log);
            assertThat(Spools.numbers(entries)).containsExactlyElementsOf(expected);
            assertThat(before.records()).isEqualTo(entries.size());
            assertThat(opened.recovery().records()).isEqualTo(entries.size());
            assertThat(before.next() - before.settled())
                    .isEqualTo(before.records() + opened.recovery().lost().total());
            log.commit(log.status().next(), NO_BLOCK);
            assertThat(log.status().records()).isZero();
            assertThat(log.status().losses()).isEqualTo(before.losses());
            assertThat(Spools.put(log, Spools.numbered(7))).isEqualTo(Append.APPENDED);
            assertThat(Spools.numbers(Spools.pollAll(log))).containsExactly(7);
        }
        return opened.recovery();
    }

    @Test
    void recoversEverythingAfterAKill() throws IOException {
        assertThat(read(copy(), allBut()))
                .isEqualTo(new Recovery(2L * PER_SEGMENT + 3, Losses.NONE, 0, List.of(), false));
    }

    @Test
    void truncatesATailTornAtAnyByteOfTheLastRecord() throws IOException {
        int last = 2 * PER_SEGMENT + 2;
        for (int cut = 1; cut < RecordLayout.PAYLOAD + 100; cut++) {
            Path torn = copy();
            Spools.overwrite(segment(torn, 2), at(last) + cut, new byte[FOOTPRINT - cut]);
            Recovery recovery = read(torn, allBut(last));
            assertThat(recovery.lost()).as("torn at %d", cut).isEqualTo(Losses.NONE);
            assertThat(recovery.tornBytes()).as("torn at %d", cut).isBetween(1L, (long) cut);
        }
    }

    @Test
    void readsAFileTruncatedAtAnyByteOfTheLastRecord() throws IOException {
        int last = 2 * PER_SEGMENT + 2;
        for (int cut = 0; cut < RecordLayout.PAYLOAD + 100; cut++) {
            Path torn = copy();
            Spools.truncate(segment(torn, 2), at(last) + cut);
            assertThat(read(torn, allBut(last)).tornBytes())
                    .as("truncated at %d", cut)
                    .isLessThanOrEqualTo(cut);
        }
    }

    @Test
    void readsTheLastRecordIfOnlyItsPaddingIsMissing() throws IOException {
        Path cut = copy();
        Spools.truncate(segment(cut, 2), at(2 * PER_SEGMENT + 2) + RecordLayout.PAYLOAD + 100);
        assertThat(read(cut, allBut()).tornBytes()).isZero();
    }

    @Test
    void skipsAndCountsARecordWithABitFlippedAnywhere() throws IOException {
        for (int at = 0; at < RecordLayout.PAYLOAD + 100; at++) {
            Path damaged = copy();
            Spools.flipBit(segment(damaged, 0), at(5) + at);
            assertThat(read(damaged, allBut(5)).lost()).as("bit of byte %d", at).isEqualTo(new Losses(0, 1, 0));
        }
    }

    @Test
    void skipsAndCountsAHoleOfACrashedWriter() throws IOException {
        Path hole = copy();
        Spools.overwrite(segment(hole, 2), at(1), new byte[FOOTPRINT]);
        assertThat(read(hole, allBut(2 * PER_SEGMENT + 1)).lost()).isEqualTo(new Losses(0, 0, 1));
    }

    @Test
    void countsTheRecordsOfADamagedSegmentEndByTheNextSegment() throws IOException {
        Path damaged = copy();
        Spools.truncate(segment(damaged, 0), at(PER_SEGMENT - 3));
        assertThat(read(damaged, allBut(PER_SEGMENT - 3, PER_SEGMENT - 2, PER_SEGMENT - 1))
                        .lost())
                .isEqualTo(new Losses(0, 3, 0));
    }

    @Test
    void ignoresRecordBytesInsideAnEvent() throws IOException {
        Path live = directory.resolve("forger");
        Path killed = directory.resolve("forged");
        try (Spool spool = Spools.open(live).spool()) {
            Spools.put(spool, "one");
            byte[] frame = new byte[80];
            System.arraycopy(
                    Files.readAllBytes(Spools.firstSegment(live)), SegmentHeader.BYTES, frame, 0, FOOTPRINT - 60);
            spool.append(0, new byte[4], frame);
            Spools.put(spool, "three");
            Spools.copyAsKilled(live, killed);
        }
        Spools.flipBit(Spools.firstSegment(killed), SegmentHeader.BYTES + RecordLayout.footprint(3) + 2);
        try (Spool spool = Spools.open(killed).spool()) {
            assertThat(Spools.values(Spools.pollAll(spool))).containsExactly("one", "three");
        }
    }

    @Test
    void renamesASegmentOfAnUnknownVersionAndCountsItsRecords() throws IOException {
        Path newer = copy();
        Spools.overwrite(segment(newer, 1), 8, new byte[] {2, 0, 0, 0});
        Integer[] lost = IntStream.range(PER_SEGMENT, 2 * PER_SEGMENT).boxed().toArray(Integer[]::new);

        Recovery recovery = read(newer, allBut(lost));

        assertThat(recovery.lost()).isEqualTo(new Losses(0, PER_SEGMENT, 0));
        assertThat(recovery.unreadable()).singleElement().asString().contains("format version 2");
        assertThat(Spools.files(newer, ".unreadable")).hasSize(1);
        try (Spool spool = Spools.open(newer).spool()) {
            assertThat(spool.status().losses()).isEqualTo(recovery.lost());
        }
    }

    @Test
    void renamesASegmentWithADamagedHeader() throws IOException {
        for (int at = 0; at < 48; at++) {
            Path damaged = copy();
            Spools.flipBit(segment(damaged, 0), at);
            Opening.Opened opened = Spools.open(damaged);
            opened.spool().close();
            assertThat(opened.recovery().unreadable()).as("bit of byte %d", at).hasSize(1);
            assertThat(opened.recovery().lost()).as("bit of byte %d", at).isEqualTo(new Losses(0, PER_SEGMENT, 0));
        }
    }

    @Test
    void countsAMissingSegmentAsDropped() throws IOException {
        Path without = copy();
        Files.delete(segment(without, 1));
        Integer[] lost = IntStream.range(PER_SEGMENT, 2 * PER_SEGMENT).boxed().toArray(Integer[]::new);
        assertThat(read(without, allBut(lost)).lost()).isEqualTo(new Losses(PER_SEGMENT, 0, 0));
    }

    @Test
    void findsTheFirstUnsettledRecordAfterSettledDamage() throws IOException {
        Path settled = copy();
        try (Spool spool = Spools.open(settled).spool()) {
            Spools.pollAll(spool);
            spool.commit(PER_SEGMENT, NO_BLOCK);
        }
        Path before = settled.resolve(segment(directory.resolve("killed"), 0).getFileName());
        Files.copy(segment(directory.resolve("killed"), 0), before);
        Spools.truncate(before, at(PER_SEGMENT - 3));

        try (Spool spool = Spools.open(settled).spool()) {
            assertThat(Spools.numbers(Spools.pollAll(spool))).startsWith(PER_SEGMENT, PER_SEGMENT + 1);
            assertThat(spool.status().losses()).isEqualTo(Losses.NONE);
        }
    }

    @Test
    void ignoresAPartlyPreparedFile() throws IOException {
        Path spool = copy();
        Path spare = segment(spool, 3);
        Spools.truncate(spare, 1024);
        assertThat(read(spool, allBut()).unreadable()).isEmpty();
    }

    @Test
    void returnsAllRecordsAgainIfTheCheckpointIsDamaged() throws IOException {
        Path live = directory.resolve("other");
        Path killed = directory.resolve("other-killed");
        try (Spool spool = Spools.open(live).spool()) {
            Spools.putNumbered(spool, 0, 10);
            Spools.pollAll(spool);
            spool.commit(4, NO_BLOCK);
            Spools.copyAsKilled(live, killed);
        }
        Spools.overwrite(killed.resolve("checkpoint"), 0, new byte[8192]);
        Opening.Opened opened = Spools.open(killed);
        try (Spool spool = opened.spool()) {
            assertThat(opened.recovery()).isEqualTo(new Recovery(10, Losses.NONE, 0, List.of(), true));
            assertThat(Spools.pollAll(spool)).hasSize(10);
        }
    }

    @Test
    void fallsBackToThePreviousCommitIfTheLastIsTornAtAnyByte() throws IOException {
        Path live = directory.resolve("commits");
        Path killed = directory.resolve("commits-killed");
        try (Spool spool = Spools.open(live).spool()) {
            Spools.putNumbered(spool, 0, 10);
            Spools.pollAll(spool);
            spool.commit(4, Spools.bytes("four"));
            spool.commit(6, Spools.bytes("six"));
            Spools.copyAsKilled(live, killed);
        }
        byte[] whole = Files.readAllBytes(killed.resolve("checkpoint"));
        for (int cut = 0; cut < 60; cut++) {
            Path torn = Spools.copyAsKilled(killed, directory.resolve("commits" + cut));
            byte[] checkpoint = whole.clone();
            // The first generation is written at the opening, and the odd ones to the second slot.
            checkpoint[4096 + cut] ^= (byte) 0xFF;
            Files.write(torn.resolve("checkpoint"), checkpoint);
            try (Spool spool = Spools.open(torn).spool()) {
                assertThat(spool.status().settled()).isEqualTo(4);
                assertThat(spool.block()).isEqualTo(Spools.bytes("four"));
            }
        }
    }

    @Test
    void continuesAfterTheCheckpointWhenAPowerFailureLostTheLog() throws IOException {
        Path spool = copy();
        try (Spool log = Spools.open(spool).spool()) {
            Spools.pollAll(log);
            log.commit(2 * PER_SEGMENT + 1, NO_BLOCK);
        }
        for (Path file : Spools.files(spool, ".spool")) {
            Files.delete(file);
        }
        try (Spool log = Spools.open(spool).spool()) {
            assertThat(log.status().next()).isEqualTo(2 * PER_SEGMENT + 1);
            Spools.put(log, "next");
            assertThat(Spools.values(Spools.pollAll(log))).containsExactly("next");
        }
    }
}
