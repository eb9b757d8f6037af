package io.variate.assignments.spool;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.assignments.spool.SpoolSettings.Overflow;
import io.variate.testing.Await;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpoolConcurrencyTest {
    private static final int WRITERS = 4;
    private static final int EACH = 20_000;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void keepsTheOrderOfEachWriterWhileOneReadsAndSettles() {
        List<Integer> read = new ArrayList<>();
        try (Spool spool = Spools.open(
                        new SpoolSettings(directory, 1 << 14, 1 << 17, Overflow.NEWEST, new Sync.Never()))
                .spool()) {
            List<CompletableFuture<Void>> writers = start(spool);
            while (read.size() < WRITERS * EACH) {
                List<Entry> entries = spool.poll(100, Long.MAX_VALUE);
                entries.forEach(entry -> read.add(Integer.parseInt(Spools.text(entry.value()))));
                if (!entries.isEmpty()) {
                    spool.commit(entries.get(entries.size() - 1).sequence() + 1, new byte[0]);
                }
            }
            writers.forEach(CompletableFuture::join);
            assertThat(spool.status().records()).isZero();
            assertThat(spool.status().losses()).isEqualTo(Losses.NONE);
        }
        for (int writer = 0; writer < WRITERS; writer++) {
            int from = writer * EACH;
            assertThat(read.stream().filter(value -> value / EACH == from / EACH))
                    .containsExactlyElementsOf(
                            IntStream.range(from, from + EACH).boxed().toList());
        }
    }

    @Test
    void balancesItsCountersWhileItDropsTheOldest() {
        long read = 0;
        try (Spool spool =
                Spools.open(Spools.settings(directory, 4, Overflow.OLDEST)).spool()) {
            List<CompletableFuture<Void>> writers = start(spool);
            CompletableFuture<Void> all = CompletableFuture.allOf(writers.toArray(CompletableFuture[]::new));
            while (!all.isDone() || spool.status().records() > 0) {
                List<Entry> entries = spool.poll(7, Long.MAX_VALUE);
                read += entries.size();
                if (!entries.isEmpty()) {
                    spool.commit(entries.get(entries.size() - 1).sequence() + 1, new byte[0]);
                }
            }
            all.join();
            assertThat(read + spool.status().losses().dropped()).isEqualTo(WRITERS * EACH);
            assertThat(spool.status().losses().dropped())
                    .isEqualTo(spool.status().losses().total());
        }
    }

    private static List<CompletableFuture<Void>> start(Spool spool) {
        return IntStream.range(0, WRITERS)
                .mapToObj(writer -> CompletableFuture.runAsync(
                        () -> append(spool, writer * EACH), task -> new Thread(task, "writer").start()))
                .toList();
    }

    private static void append(Spool spool, int from) {
        for (int i = from; i < from + EACH; i++) {
            byte[] value = Spools.bytes(Integer.toString(i));
            Await.value(
                    "the spool accepts the event",
                    () -> spool.append(0, Spools.NO_KEY, value),
                    seen -> seen == Append.APPENDED);
        }
    }
}
