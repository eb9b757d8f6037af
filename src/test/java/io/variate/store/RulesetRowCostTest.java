package io.variate.store;

import static io.variate.store.RulesetDatabase.await;
import static io.variate.store.RulesetDatabase.flag;
import static org.assertj.core.api.Assertions.assertThat;

import io.variate.dev.EmbeddedPostgresql;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowChanges;
import io.variate.rulesets.rows.RulesetDelta;
import io.variate.rulesets.rows.RulesetRows;
import io.vertx.core.Future;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The cost of a change of one row among 10,000, in the state before the database has gathered statistics. */
@Tag("slow")
class RulesetRowCostTest {
    private static final EmbeddedPostgresql POSTGRES = EmbeddedPostgresql.start(null, 0);
    private static final int FLAGS = 10_000;
    private static final int CHANGES = 100;
    private static final String TEXT = "x".repeat(1700);

    @SuppressWarnings("NullAway.Init")
    private RulesetDatabase database;

    @AfterAll
    static void stopPostgres() {
        POSTGRES.close();
    }

    @BeforeEach
    void open() throws Exception {
        database = new RulesetDatabase(POSTGRES);
        database.put(IntStream.range(0, FLAGS).mapToObj(i -> row(i, 0)).toArray(Row[]::new));
    }

    @AfterEach
    void close() throws Exception {
        database.close();
    }

    @Test
    void aChangeAndItsReadTouchOneRow() throws Exception {
        RulesetRows known = database.whole();
        long[] changes = new long[CHANGES];
        long[] reads = new long[CHANGES];
        for (int i = 0; i < CHANGES; i++) {
            Row changed = row(i * 7, i + 1);
            long start = System.nanoTime();
            RulesetDelta delta = await(database.store.change(
                    known, null, present -> present.apply(new RowChanges(List.of(), List.of(changed)))));
            long written = System.nanoTime();
            await(database.store.readSince(known.revision()));
            changes[i] = written - start;
            reads[i] = System.nanoTime() - written;
            assertThat(delta.changes().changed()).containsExactly(changed);
            known = known.apply(delta);
        }
        assertThat(known).isEqualTo(database.whole());
        print("change of 1 row among " + FLAGS, changes);
        print("read of 1 row among " + FLAGS, reads);
    }

    @Test
    void aReadOfChangesDoesNotScanTheRows() throws Exception {
        String history = database.whole().revision().history();
        database.put(row(1, 1));
        String digest = database.text("select encode(digest, 'hex') from variate.revision_log where number = 1");
        List<String> plan = database.texts("explain (analyze) "
                + RulesetStatements.CHANGES
                        .replace("$1", "1")
                        .replace("$2", "'" + history + "'")
                        .replace("$3", "'\\x" + digest + "'::bytea")
                        .replace("$4", "1001"));
        assertThat(plan).anySatisfy(line -> assertThat(line).contains("ruleset_row_revision"));
        assertThat(plan).noneSatisfy(line -> assertThat(line).contains("Seq Scan on ruleset_row"));
    }

    @Test
    void aReplacementByThePreviousReleaseIsOneRevision() throws Exception {
        long before = database.whole().revision().number();
        Map<String, String> flags = new LinkedHashMap<>();
        IntStream.range(0, FLAGS)
                .mapToObj(i -> row(i, 1))
                .forEach(row -> flags.put(row.key().key(), row.definition()));
        try (PreviousRelease previous = new PreviousRelease(database.vertx, database.uri())) {
            long start = System.nanoTime();
            await(previous.replace(Map.of(), flags, Map.of(), Future.succeededFuture()));
            print("replacement of " + FLAGS + " rows by the previous release", System.nanoTime() - start);
        }
        RulesetRows found = database.whole();
        assertThat(found.revision().number()).isEqualTo(before + 1);
        assertThat(found.rows().all()).hasSize(FLAGS).contains(row(7, 1));
    }

    private static Row row(int number, int version) {
        return flag("flag-" + number, number, "{\"version\":" + version + ",\"text\":\"" + TEXT + "\"}");
    }

    private static void print(String what, long... nanos) {
        Arrays.sort(nanos);
        System.out.printf(
                "%s: p50 %.2f ms, p99 %.2f ms%n",
                what, nanos[nanos.length / 2] / 1e6, nanos[nanos.length * 99 / 100] / 1e6);
    }
}
