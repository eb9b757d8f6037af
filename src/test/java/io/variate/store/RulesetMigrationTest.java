package io.variate.store;

import static io.variate.store.RulesetDatabase.await;
import static io.variate.store.RulesetDatabase.flag;
import static io.variate.store.RulesetDatabase.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.variate.dev.EmbeddedPostgresql;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowChanges;
import io.variate.rulesets.rows.RowKey;
import io.variate.rulesets.rows.RowKind;
import io.variate.rulesets.rows.RulesetReading;
import io.variate.rulesets.rows.RulesetRows;
import io.variate.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Nodes of the previous release use the database before, during and after its migration. */
@Tag("slow")
class RulesetMigrationTest {
    private static final EmbeddedPostgresql POSTGRES = EmbeddedPostgresql.start(null, 0);

    @SuppressWarnings("NullAway.Init")
    private RulesetDatabase database;

    @SuppressWarnings("NullAway.Init")
    private PreviousRelease previous;

    @AfterAll
    static void stopPostgres() {
        POSTGRES.close();
    }

    @BeforeEach
    void open() throws Exception {
        database = new RulesetDatabase(POSTGRES);
        previous = new PreviousRelease(database.vertx, database.uri());
        database.migrateToThePreviousRelease();
    }

    @AfterEach
    void close() throws Exception {
        previous.close();
        database.close();
    }

    @Test
    void keepsTheRowsOfThePreviousRelease() throws Exception {
        await(previous.replace(Map.of("d", "{\"key\":\"d\"}"), Map.of("f", "{ \"n\":1.0}"), Map.of("c", "[]"), done()));
        RulesetRows found = database.whole();
        assertThat(found.rows())
                .isEqualTo(rows(
                        new Row(new RowKey(RowKind.DEPLOYMENT, "", "d"), 0, "{\"key\":\"d\"}"),
                        flag("f", 0, "{ \"n\":1.0}"),
                        new Row(new RowKey(RowKind.COHORT, "", "c"), 0, "[]")));
        assertThat(found.revision().number()).isEqualTo(1);
        assertThat(await(database.store.readSince(found.revision()))).isEqualTo(new RulesetReading.Unchanged());
        assertThat(await(previous.read())).isEqualTo("1 {\"key\":\"d\"} { \"n\":1.0} []");
    }

    @Test
    void aWriteOfThePreviousReleaseIsReadAsAChange() throws Exception {
        await(previous.replaceFlags("a", "b"));
        RulesetRows before = database.whole();
        await(previous.replaceFlags("b", "c"));
        RulesetReading reading = await(database.store.readSince(before.revision()));
        assertThat(reading).isInstanceOf(RulesetReading.Changed.class);
        RulesetRows after = before.apply(((RulesetReading.Changed) reading).delta());
        assertThat(after.rows()).isEqualTo(rows(flag("b", 0, "\"b\""), flag("c", 1, "\"c\"")));
        assertThat(after).isEqualTo(database.whole());
        assertThat(database.texts("select key from variate.removed_row")).containsExactly("a");
    }

    @Test
    void aChangeContinuesAWriteOfThePreviousRelease() throws Exception {
        RulesetRows known = database.whole();
        await(previous.replaceFlags("a", "b"));
        await(database.store.change(
                known, 1L, present -> present.apply(new RowChanges(List.of(), List.of(flag("c", 7, "3"))))));
        assertThat(await(previous.read())).isEqualTo("2  \"a\",\"b\",3 ");
        await(previous.replaceFlags("d"));
        assertThat(await(previous.read())).isEqualTo("3  \"d\" ");
        assertThat(database.catchUp(known)).isEqualTo(database.whole());
    }

    @Test
    void thePreviousReleaseNeitherReadsNorRemovesRowsOfNamedProjects() throws Exception {
        Row row = new Row(new RowKey(RowKind.FLAG, "named", "a"), 1, "1");
        database.put(row);
        await(previous.replaceFlags("a"));
        assertThat(await(previous.read())).isEqualTo("2  \"a\" ");
        assertThat(database.whole().rows()).isEqualTo(rows(row, flag("a", 0, "\"a\"")));
    }

    @Test
    void aWriterOfThePreviousReleaseFinishesBeforeTheMigration() throws Exception {
        Promise<Void> commit = Promise.promise();
        Future<Void> writing = previous.replace(Map.of(), Map.of("a", "1"), Map.of(), commit.future());
        Await.until("the writer is about to commit", () -> locks("RowExclusiveLock", true) > 0);
        Future<RulesetReading> reading = database.store.readSince(null);
        Await.until("the migration waits for the writer", () -> locks("AccessExclusiveLock", false) > 0);
        // Queues behind the migration.
        Future<String> read = previous.read();
        commit.complete();
        await(writing);
        assertThat(((RulesetReading.Whole) await(reading)).rows().rows()).isEqualTo(rows(flag("a", 0, "1")));
        assertThat(await(read)).isEqualTo("1  1 ");
    }

    @Test
    void aWriterThatWaitsForTheMigrationWritesAfterIt() throws Exception {
        try (Connection blocking = database.connect();
                Statement statement = blocking.createStatement()) {
            blocking.setAutoCommit(false);
            statement.execute("lock table variate.cohort in access share mode");
            Future<RulesetReading> migrating = database.store.readSince(null);
            Await.until("the migration waits for a reader", () -> locks("AccessExclusiveLock", false) > 0);
            Future<Void> writing = previous.replaceFlags("a");
            Await.until("the writer waits for the migration", () -> locks("RowShareLock", false) > 0);
            blocking.rollback();
            await(writing);
            assertThat(((RulesetReading.Whole) await(migrating))
                            .rows()
                            .revision()
                            .number())
                    .isLessThanOrEqualTo(1);
        }
        assertThat(database.whole().rows()).isEqualTo(rows(flag("a", 0, "\"a\"")));
    }

    @Test
    void aLongTransactionFailsTheMigrationUntilItEnds() throws Exception {
        await(previous.replaceFlags("a"));
        try (Connection blocking = database.connect();
                Statement statement = blocking.createStatement()) {
            blocking.setAutoCommit(false);
            statement.execute("lock table variate.flag in access share mode");
            assertThatThrownBy(() -> await(database.store.readSince(null))).hasMessageContaining("lock timeout");
            assertThat(await(previous.read())).isEqualTo("1  \"a\" ");
            await(previous.replaceFlags("b"));
        }
        assertThat(database.whole().rows()).isEqualTo(rows(flag("b", 0, "\"b\"")));
    }

    @Test
    void severalWritersOfBothReleasesTakeOneRevisionEach() throws Exception {
        RulesetRows known = database.whole();
        List<Future<?>> writes = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            Row row = new Row(new RowKey(RowKind.COHORT, "named", "c" + i), i, "1");
            writes.add(previous.replaceFlags("f" + i, "g" + i));
            writes.add(database.store.change(
                    known, null, present -> present.apply(new RowChanges(List.of(), List.of(row)))));
        }
        await(Future.all(writes));
        RulesetRows found = database.whole();
        assertThat(found.revision().number()).isEqualTo(20);
        assertThat(found.rows().size()).isEqualTo(12);
        assertThat(database.catchUp(known)).isEqualTo(found);
    }

    @Test
    void aRestoredBackupOfThePreviousReleaseIsMigratedAndDiverged() throws Exception {
        RulesetRows served = database.put(flag("a", "1"));
        database.execute("drop schema variate cascade");
        database.migrateToThePreviousRelease();
        assertThat(await(database.store.readSince(served.revision()))).isInstanceOf(RulesetReading.Diverged.class);
        assertThatThrownBy(() -> await(database.store.change(served, null, present -> present)))
                .isInstanceOf(HistoryDivergedException.class);
    }

    private long locks(String mode, boolean granted) throws Exception {
        return Long.parseLong(database.text("select count(*) from pg_locks join pg_class on pg_class.oid = relation"
                + " where relname in ('ruleset', 'flag', 'cohort') and mode = '" + mode + "' and granted = " + granted
                + " and pid <> pg_backend_pid() and database = (select oid from pg_database where datname ="
                + " current_database())"));
    }

    private static Future<Void> done() {
        return Future.succeededFuture();
    }
}
