package io.variate.store;

import static io.variate.store.RulesetDatabase.await;
import static io.variate.store.RulesetDatabase.flag;
import static org.assertj.core.api.Assertions.assertThat;

import io.variate.dev.EmbeddedPostgresql;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowSet;
import io.variate.rulesets.rows.RulesetDelta;
import io.variate.rulesets.rows.RulesetReading;
import io.variate.rulesets.rows.RulesetRows;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Rulesets that are read and written in several statements. */
@Tag("slow")
class LargeRulesetTest {
    private static final EmbeddedPostgresql POSTGRES = EmbeddedPostgresql.start(null, 0);
    private static final String TEXT = "x".repeat(200);
    private static final int PAGE = RulesetStatements.PAGE_ROWS;

    @SuppressWarnings("NullAway.Init")
    private RulesetDatabase database;

    @AfterAll
    static void stopPostgres() {
        POSTGRES.close();
    }

    @BeforeEach
    void open() throws Exception {
        // A step takes a fraction of it, but all steps together may take longer.
        database = new RulesetDatabase(POSTGRES, Duration.ofSeconds(3));
    }

    @AfterEach
    void close() throws Exception {
        database.close();
    }

    @Test
    void writesReadsAndRemovesAHundredThousandRows() throws Exception {
        RowSet rows = flags(100_000);
        long start = System.nanoTime();
        RulesetDelta delta = await(database.store.change(null, null, present -> rows));
        long written = System.nanoTime();
        RulesetRows found = database.whole();
        long read = System.nanoTime();
        assertThat(found).isEqualTo(new RulesetRows(delta.to(), rows));
        await(database.store.change(found, null, present -> RowSet.EMPTY));
        System.out.printf(
                Locale.ROOT,
                "100,000 rows: written in %d ms, read in %d ms, removed in %d ms%n",
                TimeUnit.NANOSECONDS.toMillis(written - start),
                TimeUnit.NANOSECONDS.toMillis(read - written),
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - read));
        assertThat(database.whole().rows()).isEqualTo(RowSet.EMPTY);
    }

    @Test
    void readsWholePages() throws Exception {
        for (int rows : new int[] {PAGE - 1, PAGE, PAGE + 1}) {
            RowSet wanted = flags(rows);
            await(database.store.change(null, null, present -> wanted));
            assertThat(database.whole().rows()).isEqualTo(wanted);
        }
    }

    @Test
    void aReadThatOverlapsWithChangesIsOneRevision() throws Exception {
        RowSet rows = flags(2 * PAGE);
        await(database.store.change(null, null, present -> rows));
        for (int i = 0; i < 3; i++) {
            Future<RulesetReading> reading = database.store.readSince(null);
            RulesetRows changed = database.put(row(0, i + 1), row(2 * PAGE - 1, i + 1));
            RulesetRows read = ((RulesetReading.Whole) await(reading)).rows();
            assertThat(read.revision().number())
                    .isBetween(
                            changed.revision().number() - 1, changed.revision().number());
        }
        assertThat(database.text("select revision from variate.ruleset")).isEqualTo("4");
    }

    private static RowSet flags(int count) {
        return RulesetDatabase.rows(
                IntStream.range(0, count).mapToObj(number -> row(number, 0)).toArray(Row[]::new));
    }

    private static Row row(int number, int version) {
        return flag("flag-" + number, number, "{\"version\":" + version + ",\"text\":\"" + TEXT + "\"}");
    }
}
