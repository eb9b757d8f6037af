package io.variate.assignments.spool;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.assignments.spool.SpoolSettings.Overflow;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random use of a spool, deaths included, beside a list in memory. */
class SpoolModelTest {
    private static final int STEPS = 2000;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void behavesLikeAnInMemoryList(long seed) throws IOException {
        Random random = new Random(seed);
        List<String> appended = new ArrayList<>();
        int settled = 0;
        int polled = 0;
        int lives = 0;
        Path place = directory.resolve("0");
        Spool spool = open(place);
        for (int step = 0; step < STEPS; step++) {
            switch (random.nextInt(50)) {
                case 0 -> {
                    spool.close();
                    spool = open(place);
                    polled = settled;
                }
                case 1 -> {
                    Path after = directory.resolve(Integer.toString(++lives));
                    Spools.copyAsKilled(place, after);
                    spool.close();
                    place = after;
                    spool = open(place);
                    polled = settled;
                }
                case 2, 3, 4, 5 -> {
                    settled += random.nextInt(polled - settled + 1);
                    spool.commit(settled, Spools.bytes(Integer.toString(settled)));
                }
                case 6, 7, 8, 9, 10, 11 -> {
                    List<Entry> entries = spool.poll(1 + random.nextInt(40), 1 + random.nextInt(9000));
                    assertThat(Spools.values(entries))
                            .containsExactlyElementsOf(appended.subList(polled, polled + entries.size()));
                    assertThat(entries.isEmpty()).isEqualTo(polled == appended.size());
                    polled += entries.size();
                }
                default -> {
                    String value = appended.size() + "y".repeat(random.nextInt(random.nextInt(10) == 0 ? 3900 : 300));
                    Append result = Spools.put(spool, value);
                    if (result == Append.APPENDED) {
                        appended.add(value);
                    } else {
                        assertThat(result).isEqualTo(Append.FULL);
                    }
                }
            }
            SpoolStatus status = spool.status();
            assertThat(status.next()).isEqualTo(appended.size());
            assertThat(status.settled()).isEqualTo(settled);
            assertThat(status.records()).isEqualTo(appended.size() - settled);
            assertThat(status.losses()).isEqualTo(Losses.NONE);
        }
        spool.close();
    }

    private static Spool open(Path place) {
        return Spools.open(Spools.settings(place, 12, Overflow.NEWEST)).spool();
    }
}
