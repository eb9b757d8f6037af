package io.variate.assignments.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.variate.assignments.spool.SpoolSettings.Overflow;
import io.variate.testing.Await;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SpoolTest {
    private static final byte[] NO_BLOCK = {};

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void returnsRecordsInTheOrderOfAppends() {
        try (Spool spool = Spools.open(directory).spool()) {
            byte[] buffer = Spools.bytes("..first..");
            assertThat(spool.append(11, Spools.bytes("user"), buffer, 2, 5)).isEqualTo(Append.APPENDED);
            assertThat(spool.append(12, Spools.NO_KEY, Spools.NO_KEY)).isEqualTo(Append.APPENDED);

            List<Entry> entries = spool.poll(10, Long.MAX_VALUE);

            assertThat(entries).extracting(Entry::sequence).containsExactly(0L, 1L);
            assertThat(entries).extracting(Entry::time).containsExactly(11L, 12L);
            assertThat(entries).extracting(entry -> Spools.text(entry.key())).containsExactly("user", "");
            assertThat(Spools.values(entries)).containsExactly("first", "");
        }
    }

    @Test
    void groupedRecordsSurviveInOrder() {
        byte[] values = Spools.bytes("skippedonetwo");
        int[] ends = {7, 10, 10, 13};
        try (Spool spool = Spools.open(directory).spool()) {
            Spools.put(spool, "before");
            assertThat(spool.appendAll(11, Spools.bytes("user"), values, ends, 1, 4))
                    .isEqualTo(Append.APPENDED);
            Spools.put(spool, "behind");
        }

        try (Spool spool = Spools.open(directory).spool()) {
            List<Entry> entries = spool.poll(10, Long.MAX_VALUE);

            assertThat(Spools.values(entries)).containsExactly("before", "one", "", "two", "behind");
            assertThat(entries).extracting(Entry::sequence).containsExactly(0L, 1L, 2L, 3L, 4L);
            assertThat(entries.subList(1, 4))
                    .allMatch(entry ->
                            entry.time() == 11 && Spools.text(entry.key()).equals("user"));
        }
    }

    @Test
    void appendsAllRecordsOfAGroupOrNone() {
        byte[] values = new byte[3_000];
        int[] ends = {1_000, 2_000, 3_000};
        try (Spool spool =
                Spools.open(Spools.settings(directory, 3, Overflow.NEWEST)).spool()) {
            Append[] outcome = {Append.APPENDED};
            int[] appended = {0};
            Await.until("the spool accepts the batch", () -> {
                outcome[0] = spool.appendAll(1, Spools.NO_KEY, values, ends, 0, 3);
                appended[0] += outcome[0] == Append.APPENDED ? 1 : 0;
                return outcome[0] == Append.FULL;
            });

            assertThat(appended[0]).isPositive();
            assertThat(spool.status().next()).isEqualTo(3L * appended[0]);
            assertThat(Spools.pollAll(spool)).hasSize(3 * appended[0]);
        }
    }

    @Test
    void rejectsAGroupLargerThanASegment() {
        try (Spool spool = Spools.open(directory).spool()) {
            int[] ends = {Spools.SEGMENT / 2, Spools.SEGMENT};

            assertThat(spool.appendAll(1, Spools.NO_KEY, new byte[Spools.SEGMENT], ends, 0, 2))
                    .isEqualTo(Append.TOO_LARGE);
            assertThat(spool.appendAll(1, Spools.NO_KEY, new byte[Spools.SEGMENT], ends, 0, 1))
                    .isEqualTo(Append.APPENDED);
        }
    }

    @Test
    void returnsNoRecordTwiceWithoutReopening() {
        try (Spool spool = Spools.open(directory).spool()) {
            Spools.putNumbered(spool, 0, 3);
            assertThat(Spools.numbers(spool.poll(2, Long.MAX_VALUE))).containsExactly(0, 1);
            assertThat(Spools.numbers(spool.poll(2, Long.MAX_VALUE))).containsExactly(2);
            assertThat(spool.poll(2, Long.MAX_VALUE)).isEmpty();
        }
    }

    @Test
    void endsABatchWithTheRecordThatReachesItsBytes() {
        try (Spool spool = Spools.open(directory).spool()) {
            Spools.putNumbered(spool, 0, 5);
            assertThat(spool.poll(100, 200)).hasSize(2);
        }
    }

    @Test
    void continuesInTheNextSegment() {
        try (Spool spool = Spools.open(directory).spool()) {
            Spools.putNumbered(spool, 0, 500);
            assertThat(Spools.numbers(Spools.pollAll(spool)))
                    .containsExactlyElementsOf(IntStream.range(0, 500).boxed().toList());
        }
    }

    @Test
    void returnsUnsettledRecordsAgainAfterReopening() {
        try (Spool spool = Spools.open(directory).spool()) {
            Spools.putNumbered(spool, 0, 100);
            Spools.pollAll(spool);
            spool.commit(60, Spools.bytes("books"));
        }
        Opening.Opened again = Spools.open(directory);
        try (Spool spool = again.spool()) {
            assertThat(again.recovery()).isEqualTo(new Recovery(40, Losses.NONE, 0, List.of(), false));
            assertThat(Spools.numbers(Spools.pollAll(spool)))
                    .containsExactlyElementsOf(IntStream.range(60, 100).boxed().toList());
            assertThat(spool.block()).isEqualTo(Spools.bytes("books"));
        }
    }

    @Test
    void continuesNumbersAfterReopeningAnEmptyLog() {
        try (Spool spool = Spools.open(directory).spool()) {
            Spools.putNumbered(spool, 0, 7);
            Spools.pollAll(spool);
            spool.commit(7, NO_BLOCK);
        }
        assertThat(Spools.files(directory, ".spool"))
                .as("segments of an empty spool")
                .isEmpty();
        try (Spool spool = Spools.open(directory).spool()) {
            Spools.putNumbered(spool, 7, 8);
            assertThat(spool.poll(1, Long.MAX_VALUE))
                    .extracting(Entry::sequence)
                    .containsExactly(7L);
        }
    }

    @Test
    void deletesSettledSegments() {
        try (Spool spool = Spools.open(directory).spool()) {
            Spools.putNumbered(spool, 0, 200);
            assertThat(Spools.files(directory, ".spool")).hasSizeGreaterThan(4);
            Spools.pollAll(spool);
            spool.commit(200, NO_BLOCK);
            Await.value(
                    "the next segment is allocated",
                    () -> spool.status().fileBytes(),
                    seen -> seen == 2 * Spools.SEGMENT);
            assertThat(Spools.files(directory, ".spool")).as("current and next").hasSize(2);
        }
    }

    @Test
    void rejectsACommitOfUnpolledRecords() {
        try (Spool spool = Spools.open(directory).spool()) {
            Spools.putNumbered(spool, 0, 3);
            spool.poll(2, Long.MAX_VALUE);
            assertThatIllegalArgumentException().isThrownBy(() -> spool.commit(3, NO_BLOCK));
            spool.commit(2, NO_BLOCK);
            assertThatIllegalArgumentException().isThrownBy(() -> spool.commit(1, NO_BLOCK));
        }
    }

    @Test
    void rejectsABlockThatIsTooLong() {
        try (Spool spool = Spools.open(directory).spool()) {
            assertThatIllegalArgumentException().isThrownBy(() -> spool.commit(0, new byte[257]));
        }
    }

    @Test
    void rejectsARecordLargerThanASegmentAndAcceptsTheLargestThatFits() {
        int largest = Spools.SEGMENT - SegmentHeader.BYTES - RecordLayout.PAYLOAD;
        // Frames are padded to a multiple of eight.
        byte[] fits = new byte[largest / 8 * 8 + 4 > largest ? largest / 8 * 8 - 4 : largest / 8 * 8 + 4];
        try (Spool spool = Spools.open(directory).spool()) {
            assertThat(spool.append(0, Spools.NO_KEY, new byte[fits.length + 1]))
                    .isEqualTo(Append.TOO_LARGE);
            assertThat(spool.append(0, Spools.NO_KEY, fits)).isEqualTo(Append.APPENDED);
            assertThat(spool.poll(1, 1)).singleElement().satisfies(entry -> assertThat(entry.value())
                    .hasSize(fits.length));
        }
    }

    @Test
    void isFullAtMaxBytesUntilSegmentsAreSettled() {
        try (Spool spool =
                Spools.open(Spools.settings(directory, 4, Overflow.NEWEST)).spool()) {
            int taken = Spools.fill(spool, 0);
            assertThat(Spools.put(spool, Spools.numbered(0))).isEqualTo(Append.FULL);
            assertThat(spool.status().fileBytes()).isEqualTo(4 * Spools.SEGMENT);

            List<Entry> entries = Spools.pollAll(spool);
            assertThat(entries).hasSize(taken);
            spool.commit(taken, NO_BLOCK);
            Await.value(
                    "the spool accepts the event",
                    () -> spool.append(0, Spools.NO_KEY, Spools.bytes(Spools.numbered(1))),
                    seen -> seen == Append.APPENDED);

            assertThat(spool.status().losses()).isEqualTo(Losses.NONE);
        }
    }

    @Test
    void dropsTheOldestSegmentsAndCountsTheirRecords() {
        try (Spool spool =
                Spools.open(Spools.settings(directory, 4, Overflow.OLDEST)).spool()) {
            appendPersistently(spool, 1000);
            Spools.awaitSpare(directory, 4);
            SpoolStatus status = spool.status();
            List<Integer> kept = Spools.numbers(Spools.pollAll(spool));

            assertThat(status.losses().dropped()).isPositive();
            assertThat(status.records() + status.losses().dropped()).isEqualTo(1000);
            assertThat(kept)
                    .containsExactlyElementsOf(
                            IntStream.range((int) status.losses().dropped(), 1000)
                                    .boxed()
                                    .toList());
        }
    }

    @Test
    void countsInFlightRecordsOfADroppedSegmentAsSettled() {
        try (Spool spool =
                Spools.open(Spools.settings(directory, 4, Overflow.OLDEST)).spool()) {
            Spools.putNumbered(spool, 0, 5);
            assertThat(spool.poll(5, Long.MAX_VALUE)).hasSize(5);
            appendPersistently(spool, 1000);
            // The last append may have started a segment, and preparing the next spare now drops the oldest segment.
            Spools.awaitSpare(directory, 4);
            SpoolStatus before = spool.status();
            assertThat(before.records() + before.losses().dropped()).isEqualTo(1005);
            spool.commit(5, NO_BLOCK);

            SpoolStatus after = spool.status();
            assertThat(after.losses()).isEqualTo(before.losses());
            assertThat(after.records()).isEqualTo(before.records() - 5);
            assertThat(after.settled()).isEqualTo(5 + after.losses().dropped());
        }
    }

    @Test
    void countsDroppedRecordsOnceAcrossReopening() throws Exception {
        Path killed = directory.resolve("killed");
        SpoolSettings settings = Spools.settings(directory.resolve("live"), 4, Overflow.OLDEST);
        try (Spool spool = Spools.open(settings).spool()) {
            appendPersistently(spool, 500);
            Spools.awaitSpare(settings.directory(), 4);
            SpoolStatus before = spool.status();
            Spools.copyAsKilled(settings.directory(), killed);
            try (Spool again = Spools.open(killed).spool()) {
                assertThat(again.status().losses()).isEqualTo(before.losses());
                assertThat(again.status().records()).isEqualTo(before.records());
                Spools.pollAll(again);
                again.commit(500, NO_BLOCK);
            }
            try (Spool again = Spools.open(killed).spool()) {
                assertThat(again.status().losses()).isEqualTo(before.losses());
                assertThat(again.status().settled()).isEqualTo(500);
            }
        }
    }

    private static void appendPersistently(Spool spool, int records) {
        for (int i = 0; i < records; i++) {
            byte[] value = Spools.bytes(Spools.numbered(i));
            Await.value(
                    "the spool accepts the event",
                    () -> spool.append(0, Spools.NO_KEY, value),
                    seen -> seen == Append.APPENDED);
        }
    }

    @Test
    void reportsTheBacklogAndItsAge() {
        try (Spool spool = Spools.open(directory).spool()) {
            for (int i = 0; i < 100; i++) {
                int time = 1000 + i;
                Await.value(
                        "the spool accepts the event",
                        () -> spool.append(time, Spools.NO_KEY, new byte[100]),
                        seen -> seen == Append.APPENDED);
            }
            int each = RecordLayout.footprint(100);
            assertThat(spool.status())
                    .extracting(SpoolStatus::records, SpoolStatus::bytes, SpoolStatus::oldest)
                    .containsExactly(100L, 100L * each, 1000L);
            spool.poll(10, Long.MAX_VALUE);
            spool.poll(10, Long.MAX_VALUE);
            assertThat(spool.status().bytes()).as("under way").isEqualTo(100L * each);
            spool.commit(10, NO_BLOCK);
            assertThat(spool.status())
                    .extracting(SpoolStatus::records, SpoolStatus::bytes, SpoolStatus::oldest)
                    .containsExactly(90L, 90L * each, 1010L);
            spool.commit(20, NO_BLOCK);
            assertThat(spool.status().oldest()).isEqualTo(1020);
        }
    }

    @Test
    void returnsClosedAfterClose() {
        Spool spool = Spools.open(directory).spool();
        spool.close();
        spool.close();
        assertThat(spool.append(0, Spools.NO_KEY, Spools.NO_KEY)).isEqualTo(Append.CLOSED);
        assertThat(spool.poll(1, 1)).isEmpty();
    }

    @Test
    void isLockedByOneOwner() {
        try (Spool spool = Spools.open(directory).spool()) {
            assertThat(Spool.open(Spools.settings(directory)))
                    .isInstanceOfSatisfying(Opening.Unavailable.class, unavailable -> assertThat(unavailable.reason())
                            .isEqualTo(Opening.Reason.LOCKED));
            assertThat(Spools.put(spool, "still usable")).isEqualTo(Append.APPENDED);
        }
        Spools.open(directory).spool().close();
    }

    static Stream<Sync> syncs() {
        return Stream.of(new Sync.Never(), new Sync.Every(Duration.ofMillis(1)), new Sync.Always());
    }

    @ParameterizedTest
    @MethodSource("syncs")
    void keepsRecordsUnderEverySync(Sync sync) {
        SpoolSettings settings =
                new SpoolSettings(directory, Spools.SEGMENT, 64 * Spools.SEGMENT, SpoolSettings.Overflow.NEWEST, sync);
        try (Spool spool = Spools.open(settings).spool()) {
            Spools.putNumbered(spool, 0, 100);
            assertThat(Spools.pollAll(spool)).hasSize(100);
            spool.commit(50, NO_BLOCK);
            assertThat(spool.status().failure()).isNull();
        }
        try (Spool spool = Spools.open(settings).spool()) {
            assertThat(Spools.pollAll(spool)).hasSize(50);
        }
    }

    @Test
    void keepsCountersAcrossReopening() {
        try (Spool spool = Spools.open(directory).spool()) {
            spool.counters().add(3, 5);
            spool.counters().add(3, 1);
        }
        try (Spool spool = Spools.open(directory).spool()) {
            assertThat(spool.counters().get(3)).isEqualTo(6);
            assertThat(spool.counters().get(4)).isZero();
        }
    }
}
