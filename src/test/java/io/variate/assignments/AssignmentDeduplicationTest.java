package io.variate.assignments;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AssignmentDeduplicationTest {
    private static final long NOW = Assignments.TIME;
    private static final Duration WINDOW = Duration.ofHours(24);
    private static final long WINDOW_MILLIS = WINDOW.toMillis();

    private final Deduplication known = new Deduplication(WINDOW, 1000);

    @Test
    void aLookupAddsNothing() {
        assertThat(known.contains(1, 2, NOW)).isFalse();
        assertThat(known.contains(1, 2, NOW)).isFalse();
    }

    @Test
    void containsAnEntryUntilTheEndOfItsWindow() {
        known.add(1, 2, NOW);
        assertThat(known.contains(1, 2, NOW)).isTrue();
        assertThat(known.contains(1, 2, NOW + WINDOW_MILLIS - 1000)).isTrue();
        assertThat(known.contains(1, 2, NOW + WINDOW_MILLIS)).isFalse();
    }

    @Test
    void addingAgainDoesNotExtendTheWindow() {
        known.add(1, 2, NOW);
        known.add(1, 2, NOW + WINDOW_MILLIS / 2);
        assertThat(known.contains(1, 2, NOW + WINDOW_MILLIS)).isFalse();
    }

    @Test
    void addingAfterTheWindowStartsANewOne() {
        known.add(1, 2, NOW);
        known.add(1, 2, NOW + WINDOW_MILLIS);
        assertThat(known.contains(1, 2, NOW + 2 * WINDOW_MILLIS - 1000)).isTrue();
        assertThat(known.contains(1, 2, NOW + 2 * WINDOW_MILLIS)).isFalse();
    }

    @Test
    void comparesBothHalvesOfTheHash() {
        known.add(1, 2, NOW);
        assertThat(known.contains(1, 3, NOW)).isFalse();
        assertThat(known.contains(4, 2, NOW)).isFalse();
        assertThat(known.contains(2, 1, NOW)).isFalse();
    }

    @Test
    void keepsEntriesWhenTheClockIsSetBack() {
        known.add(1, 2, NOW);
        assertThat(known.contains(1, 2, NOW - 5_000)).isTrue();
        assertThat(known.contains(1, 2, NOW - WINDOW_MILLIS)).isFalse();
    }

    @Test
    void containsNothingWithoutAWindow() {
        Deduplication none = new Deduplication(Duration.ZERO, 1000);
        none.add(1, 2, NOW);
        assertThat(none.contains(1, 2, NOW)).isFalse();
    }

    @Test
    void keepsNineteenInTwentyWhenFullAndNearlyAllWhenHalfFull() {
        int entries = 100_000;
        Deduplication large = new Deduplication(WINDOW, entries);
        markAll(large, 0, entries / 2);
        assertThat(countKnown(large, 0, entries / 2)).isGreaterThan(entries / 2 * 999 / 1000);
        markAll(large, entries / 2, entries);
        assertThat(countKnown(large, 0, entries)).isGreaterThan(entries * 95 / 100);
    }

    @Test
    void evictsTheOldestEntryWhenFull() {
        int entries = 10_000;
        Deduplication small = new Deduplication(WINDOW, entries);
        markAll(small, 0, 10 * entries);
        assertThat(countKnown(small, 0, 5 * entries)).isZero();
        assertThat(countKnown(small, 10 * entries - entries / 2, 10 * entries)).isGreaterThan(entries * 48 / 100);
    }

    @Test
    void losesAndConfusesNoEntryUnderConcurrentUse() throws Exception {
        int each = 20_000;
        Deduplication shared = new Deduplication(WINDOW, 8 * each);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<Integer>> mistakes = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                int first = thread * each;
                mistakes.add(threads.submit(() -> {
                    int wrong = 0;
                    for (int i = first; i < first + each; i++) {
                        wrong += shared.contains(high(i), low(i), NOW) ? 1 : 0;
                        shared.add(high(i), low(i), NOW);
                        wrong += shared.contains(high(i), low(i), NOW) ? 0 : 1;
                    }
                    return wrong;
                }));
            }
            for (Future<Integer> future : mistakes) {
                assertThat(future.get(30, TimeUnit.SECONDS)).isZero();
            }
        } finally {
            threads.shutdown();
        }
    }

    /** Ten entries a second. */
    private static void markAll(Deduplication deduplication, int from, int to) {
        for (int i = from; i < to; i++) {
            deduplication.add(high(i), low(i), NOW + i * 100L);
        }
    }

    private static long countKnown(Deduplication deduplication, int from, int to) {
        return IntStream.range(from, to)
                .filter(i -> deduplication.contains(high(i), low(i), NOW + to * 100L))
                .count();
    }

    private static long high(int i) {
        return new SplittableRandom(i).nextLong();
    }

    private static long low(int i) {
        return new SplittableRandom(~i).nextLong();
    }
}
