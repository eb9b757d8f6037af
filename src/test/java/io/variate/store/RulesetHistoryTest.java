package io.variate.store;

import static io.variate.store.RulesetDatabase.await;
import static io.variate.store.RulesetDatabase.flag;
import static io.variate.store.RulesetDatabase.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.config.Secret;
import io.variate.config.Settings;
import io.variate.dev.EmbeddedPostgresql;
import io.variate.rulesets.rows.Revision;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowChanges;
import io.variate.rulesets.rows.RowKey;
import io.variate.rulesets.rows.RowSet;
import io.variate.rulesets.rows.RulesetRows;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Reads of past revisions, for every kind of writer. */
@Tag("slow")
class RulesetHistoryTest {
    private static final EmbeddedPostgresql POSTGRES = EmbeddedPostgresql.start(null, 0);

    @SuppressWarnings("NullAway.Init")
    private RulesetDatabase database;

    @SuppressWarnings("NullAway.Init")
    private Database connections;

    @SuppressWarnings("NullAway.Init")
    private RulesetHistory history;

    @AfterAll
    static void stopPostgres() {
        POSTGRES.close();
    }

    @BeforeEach
    void open() throws Exception {
        database = new RulesetDatabase(POSTGRES);
        Duration timeout = Duration.ofSeconds(20);
        connections = new Database(
                database.vertx,
                new Settings.Postgres(new Secret(database.uri()), 2, timeout, timeout, null),
                new SimpleMeterRegistry());
        history = new RulesetHistory(connections);
    }

    @AfterEach
    void close() throws Exception {
        await(connections.close());
        database.close();
    }

    private RowSet at(long revision) throws Exception {
        return await(history.at(revision)).rows().rows();
    }

    @Test
    void readsTheRowsOfEachRevision() throws Exception {
        RulesetRows one = database.put(flag("a", "1"), flag("b", "1"));
        RulesetRows two = database.put(flag("a", "2"));
        RulesetRows three = database.remove(flag("b", "").key());
        RulesetRows four = database.put(flag("b", "1"));
        assertThat(at(0)).isEqualTo(RowSet.EMPTY);
        assertThat(await(history.at(1)).rows()).isEqualTo(one);
        assertThat(await(history.at(2)).rows()).isEqualTo(two);
        assertThat(await(history.at(3)).rows()).isEqualTo(three);
        assertThat(await(history.at(4)).rows()).isEqualTo(four);
    }

    @Test
    void keepsChangesOfThePositionAlone() throws Exception {
        database.put(flag("a", 1, "1"));
        database.put(flag("a", 9, "1"));
        assertThat(at(1)).isEqualTo(rows(flag("a", 1, "1")));
        assertThat(at(2)).isEqualTo(rows(flag("a", 9, "1")));
    }

    @Test
    void keepsOneStateOfARowThatOneTransactionChangesTwice() throws Exception {
        database.put(flag("a", "1"), flag("b", "1"));
        database.execute("begin; update variate.flag set definition = '2' where key = 'a';"
                + " delete from variate.flag where key = 'a';"
                + " insert into variate.flag (key, position, definition) values ('a', 1, '3'), ('passing', 1, '1');"
                + " delete from variate.flag where key = 'passing';"
                + " update variate.ruleset set revision = revision + 1; commit");
        assertThat(at(1)).isEqualTo(rows(flag("a", "1"), flag("b", "1")));
        assertThat(at(2)).isEqualTo(rows(flag("a", "3"), flag("b", "1")));
        assertThat(database.texts("select key from variate.row_history")).containsExactly("a");
    }

    @Test
    void keepsARowThatGetsAnotherKey() throws Exception {
        database.put(flag("a", "1"));
        database.execute("begin; update variate.flag set key = 'b'; update variate.ruleset set revision = revision + 1;"
                + " commit");
        database.put(flag("a", "2"));
        assertThat(at(1)).isEqualTo(rows(flag("a", "1")));
        assertThat(at(2)).isEqualTo(rows(flag("b", "1")));
        assertThat(at(3)).isEqualTo(rows(flag("b", "1"), flag("a", "2")));
    }

    @Test
    void aCorrectionOfTheDigestIsARevisionLikeAnyOther() throws Exception {
        database.put(flag("a", "1"));
        database.execute("update variate.flag set definition = '2'");
        database.execute("update variate.flag set definition = '3'");
        RulesetRows corrected = database.whole();
        assertThat(corrected.revision().number()).isEqualTo(2);
        assertThat(at(1)).isEqualTo(rows(flag("a", "1")));
        assertThat(at(2)).isEqualTo(corrected.rows());
    }

    @Test
    void aPreviousReleaseFillsTheHistory() throws Exception {
        database.put(flag("a", "0"));
        try (PreviousRelease previous = new PreviousRelease(database.vertx, database.uri())) {
            await(previous.replaceFlags("a", "b"));
            await(previous.replaceFlags("b", "c"));
        }
        assertThat(at(1)).isEqualTo(rows(flag("a", "0")));
        assertThat(at(2)).isEqualTo(rows(flag("a", 0, "\"a\""), flag("b", 1, "\"b\"")));
        assertThat(at(3)).isEqualTo(rows(flag("b", 0, "\"b\""), flag("c", 1, "\"c\"")));
    }

    @Test
    void aWriteMigratesASchemaWithoutHistory() throws Exception {
        database.put(flag("a", "1"));
        database.execute("drop table variate.row_history, variate.revision_time,"
                + " variate.cohort_version, variate.cohort_detail, variate.resource_summary, variate.console_session;"
                + " drop trigger keep_revision_time on variate.ruleset; drop function variate.keep_revision_time;"
                + " drop table variate.access_token, variate.flag_usage, variate.usage_start, variate.deployment_usage,"
                + " variate.resource_reference,"
                + " variate.resource_version, variate.audit_entry, variate.idempotent_answer, variate.management_state,"
                + " variate.resource; drop sequence variate.resource_id; drop function variate.notify_audit_entry;"
                + " delete from variate.flyway_schema_history where version::int >= 4");
        database.put(flag("a", "2"));
        assertThat(at(1)).isEqualTo(rows(flag("a", "1")));
        assertThatThrownBy(() -> at(0))
                .isInstanceOf(UnknownRevisionException.class)
                .hasMessage("no revision 0 is stored; known revisions are from 1 to 2");
    }

    @Test
    void rejectsRevisionsThatDoNotExist() throws Exception {
        database.put(flag("a", "1"));
        for (long unknown : new long[] {Long.MIN_VALUE, -1, 2, Long.MAX_VALUE}) {
            assertThatThrownBy(() -> at(unknown))
                    .isInstanceOf(UnknownRevisionException.class)
                    .hasMessageContaining("known revisions are from 0 to 1");
        }
    }

    @Test
    void findsTheLatestRevisionAtATime() throws Exception {
        Instant before = Instant.parse(database.text(
                "select to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"));
        database.put(flag("a", "1"));
        database.put(flag("a", "2"));
        Instant first = await(history.at(1)).changedAt();
        Instant second = await(history.at(2)).changedAt();
        assertThat(first).isBefore(second);
        assertThat(await(history.revisionAt(first))).isEqualTo(1);
        assertThat(await(history.revisionAt(second.minusNanos(1_000)))).isEqualTo(1);
        assertThat(await(history.revisionAt(second))).isEqualTo(2);
        assertThat(await(history.revisionAt(second.plusSeconds(3_600)))).isEqualTo(2);
        assertThatThrownBy(() -> await(history.revisionAt(before.minusSeconds(60))))
                .isInstanceOf(UnknownRevisionException.class)
                .hasMessageStartingWith("the history starts at ");
    }

    @Test
    void aPrunedHistoryStartsLater() throws Exception {
        for (int i = 1; i <= 4; i++) {
            database.put(flag("a", Integer.toString(i)), flag("n" + i, "1"));
        }
        RowSet third = at(3);
        database.execute("begin; delete from variate.row_history where until <= 3;"
                + " delete from variate.revision_time where number < 3; commit");
        assertThat(at(3)).isEqualTo(third);
        assertThatThrownBy(() -> at(2)).hasMessageContaining("known revisions are from 3 to 4");
    }

    @Test
    void continuesBehindARecoveryWithTheRevisionsOfTheDatabase() throws Exception {
        database.put(flag("a", "1"));
        RulesetRows backup = database.put(flag("a", "2"));
        database.backUp();
        database.put(flag("a", "3"));
        RulesetRows served = database.put(flag("b", "1"));
        database.restore();
        RulesetRows branch = database.put(flag("branch", "1"));
        Revision recovered = await(database.store.recover(served.revision(), served.rows()));
        database.put(flag("a", "5"));
        assertThat(recovered.number()).isEqualTo(5);
        assertThat(at(2)).isEqualTo(backup.rows());
        assertThat(at(3)).isEqualTo(branch.rows());
        assertThatThrownBy(() -> at(4)).isInstanceOf(UnknownRevisionException.class);
        assertThat(at(5)).isEqualTo(served.rows());
        assertThat(at(6)).isEqualTo(database.whole().rows());
    }

    @Test
    void readsManyRowsInPages() throws Exception {
        int size = 2 * RulesetStatements.PAGE_ROWS + 1;
        Row[] many =
                IntStream.range(0, size).mapToObj(i -> flag("f" + i, i, "1")).toArray(Row[]::new);
        RowSet one = database.put(many).rows();
        List<RowKey> replaced =
                IntStream.range(0, size).mapToObj(i -> many[i].key()).toList();
        RowSet two = await(database.store
                        .change(
                                null,
                                null,
                                present -> RowSet.of(replaced.stream()
                                        .map(key -> new Row(key, 1, "2"))
                                        .toList()))
                        .compose(done -> history.at(2)))
                .rows()
                .rows();
        await(database.store.change(
                null, null, present -> present.apply(new RowChanges(replaced.subList(0, size / 2), List.of()))));
        assertThat(at(1)).isEqualTo(one);
        assertThat(at(2)).isEqualTo(two);
        assertThat(at(3).size()).isEqualTo(size - size / 2);
    }

    @Test
    void theQueryUsesTheIndex() throws Exception {
        database.put(flag("a", "1"));
        database.execute("insert into variate.row_history select 'flag', '', 'f' || n, 1, '1', n, n + 1"
                + " from generate_series(1, 20000) n; analyze variate.row_history");
        List<String> plan = database.texts("explain "
                + RulesetHistory.REPLACED
                        .replace("$7", "4000")
                        .replace("$6", "''")
                        .replace("$5", "''")
                        .replace("$4", "''")
                        .replace("$3", "0")
                        .replace("$2", "0")
                        .replace("$1", "19990"));
        assertThat(plan).anySatisfy(line -> assertThat(line).contains("row_history_pkey"));
        assertThat(plan).noneSatisfy(line -> assertThat(line).contains("Sort"));
    }
}
