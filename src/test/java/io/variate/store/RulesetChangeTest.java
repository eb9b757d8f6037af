package io.variate.store;

import static io.variate.store.RulesetDatabase.await;
import static io.variate.store.RulesetDatabase.flag;
import static io.variate.store.RulesetDatabase.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.variate.dev.EmbeddedPostgresql;
import io.variate.rulesets.rows.Digest;
import io.variate.rulesets.rows.Revision;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowChanges;
import io.variate.rulesets.rows.RowKey;
import io.variate.rulesets.rows.RowKind;
import io.variate.rulesets.rows.RowSet;
import io.variate.rulesets.rows.RulesetDelta;
import io.variate.rulesets.rows.RulesetReading;
import io.variate.rulesets.rows.RulesetRows;
import io.variate.testing.LogLines;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("slow")
class RulesetChangeTest {
    private static final EmbeddedPostgresql POSTGRES = EmbeddedPostgresql.start(null, 0);

    @SuppressWarnings("NullAway.Init")
    private RulesetDatabase database;

    @SuppressWarnings("NullAway.Init")
    private RulesetStore target;

    @AfterAll
    static void stopPostgres() {
        POSTGRES.close();
    }

    @BeforeEach
    void open() throws Exception {
        database = new RulesetDatabase(POSTGRES);
        target = database.store;
    }

    @AfterEach
    void close() throws Exception {
        database.close();
    }

    @Test
    void anEmptyDatabaseIsAWholeRulesetWithoutRows() throws Exception {
        RulesetRows found = database.whole();
        assertThat(found.rows()).isEqualTo(RowSet.EMPTY);
        assertThat(found.revision().number()).isZero();
        assertThat(found.revision().history()).matches("[0-9a-f]{32}");
    }

    @Test
    void historiesOfTwoDatabasesDiffer() throws Exception {
        try (RulesetDatabase other = new RulesetDatabase(POSTGRES)) {
            assertThat(other.whole().revision().history())
                    .isNotEqualTo(database.whole().revision().history());
        }
    }

    @Test
    void aChangeIsTheDeltaBetweenTwoReads() throws Exception {
        RulesetRows before = database.put(flag("a", "1"), flag("b", "2"));
        RulesetDelta delta = await(target.change(
                before,
                before.revision().number(),
                present -> present.apply(
                        new RowChanges(List.of(flag("a", "1").key()), List.of(flag("b", "3"), flag("c", "4"))))));
        assertThat(delta.changes().removed()).containsExactly(flag("a", "1").key());
        assertThat(delta.changes().changed()).containsExactlyInAnyOrder(flag("b", "3"), flag("c", "4"));
        assertThat(before.apply(delta)).isEqualTo(database.whole());
        assertThat(await(target.readSince(before.revision()))).isEqualTo(new RulesetReading.Changed(delta));
    }

    @Test
    void aReaderOfTheLatestRevisionReadsNothing() throws Exception {
        RulesetRows present = database.put(flag("a", "1"));
        assertThat(await(target.readSince(present.revision()))).isEqualTo(new RulesetReading.Unchanged());
    }

    @Test
    void anEditWithoutADifferenceTakesARevision() throws Exception {
        RulesetRows before = database.put(flag("a", "1"));
        RulesetDelta delta = await(target.change(before, null, present -> rows(flag("a", "1"))));
        assertThat(delta.changes()).isEqualTo(RowChanges.NONE);
        assertThat(delta.to().number()).isEqualTo(before.revision().number() + 1);
        assertThat(database.whole()).isEqualTo(before.apply(delta));
    }

    @Test
    void onlyRowsThatDifferAreWritten() throws Exception {
        database.put(flag("a", "1"), flag("b", "2"), flag("c", "3"));
        List<String> before = database.texts("select xmin from variate.ruleset_row where key <> 'b' order by key");
        await(target.change(null, null, present -> rows(flag("a", "1"), flag("b", "4"), flag("c", "3"))));
        assertThat(database.texts("select xmin from variate.ruleset_row where key <> 'b' order by key"))
                .isEqualTo(before);
        assertThat(database.texts("select key || revision from variate.ruleset_row order by key"))
                .containsExactly("a1", "b2", "c1");
    }

    @Test
    void eachStepOfAHistoryIsRead() throws Exception {
        RowKey moving = new RowKey(RowKind.DEPLOYMENT, "one", "key");
        RowKey moved = new RowKey(RowKind.DEPLOYMENT, "two", "key");
        List<RulesetRows> history = new ArrayList<>();
        history.add(database.whole());
        history.add(database.put(flag("a", 10, "1"), flag("b", 20, "2"), new Row(moving, 1, "{}")));
        history.add(database.put(new Row(new RowKey(RowKind.PROJECT, "one", ""), 1, "{\"key\":\"one\"}")));
        history.add(database.remove(flag("a", "1").key()));
        history.add(database.put(flag("a", 10, "1")));
        history.add(database.put(flag("a", 30, "1")));
        await(target.change(
                null,
                null,
                present -> present.apply(new RowChanges(List.of(moving), List.of(new Row(moved, 1, "{}"))))));
        history.add(database.whole());
        history.add(database.put(new Row(new RowKey(RowKind.COHORT, "two", "a"), -5, "[]")));
        RulesetRows last = database.remove(flag("b", "").key(), moved);
        for (RulesetRows served : history) {
            RulesetReading reading = await(target.readSince(served.revision()));
            assertThat(reading).isInstanceOf(RulesetReading.Changed.class);
            assertThat(served.apply(((RulesetReading.Changed) reading).delta())).isEqualTo(last);
        }
    }

    @Test
    void readsOnlyTheDifferenceToWhatTheCallerKnows() throws Exception {
        RulesetRows known = database.put(flag("a", "1"), flag("b", "2"));
        database.put(flag("b", "3"));
        RulesetDelta delta = await(target.change(known, null, present -> {
            assertThat(present.all().get(0)).isSameAs(known.rows().all().get(0));
            return present.apply(new RowChanges(List.of(), List.of(flag("c", "4"))));
        }));
        assertThat(delta.from().number()).isEqualTo(known.revision().number() + 1);
        assertThat(database.catchUp(known)).isEqualTo(database.whole());
    }

    @Test
    void rejectsAnOutdatedRevisionWithoutChanges() throws Exception {
        RulesetRows first = database.put(flag("a", "1"));
        RulesetRows second = database.put(flag("a", "2"));
        assertThatThrownBy(() -> await(target.change(null, first.revision().number(), present -> RowSet.EMPTY)))
                .isInstanceOf(RevisionConflictException.class);
        assertThat(database.whole()).isEqualTo(second);
    }

    @Test
    void anEditThatFailsChangesNothing() throws Exception {
        RulesetRows before = database.put(flag("a", "1"));
        assertThatThrownBy(() -> await(target.change(null, null, present -> {
                    throw new IllegalArgumentException("no such flag");
                })))
                .hasMessage("no such flag");
        assertThat(database.whole()).isEqualTo(before);
    }

    @Test
    void aDeploymentKeyOfTwoProjectsIsRejected() throws Exception {
        Row one = new Row(new RowKey(RowKind.DEPLOYMENT, "one", "key"), 1, "{}");
        Row two = new Row(new RowKey(RowKind.DEPLOYMENT, "two", "key"), 1, "{}");
        assertThatThrownBy(() -> database.put(one, two)).hasMessageContaining("ruleset_row_deployment");
        assertThat(database.whole().rows()).isEqualTo(RowSet.EMPTY);
    }

    @Test
    void concurrentWritersTakeOneRevisionEach() throws Exception {
        RulesetRows known = database.whole();
        List<Future<RulesetDelta>> changes = IntStream.range(0, 20)
                .mapToObj(i -> target.change(
                        known, null, present -> present.apply(new RowChanges(List.of(), List.of(flag("f" + i, "1"))))))
                .toList();
        await(Future.all(changes));
        RulesetRows found = database.whole();
        assertThat(found.revision().number()).isEqualTo(20);
        assertThat(found.rows().size()).isEqualTo(20);
        assertThat(database.catchUp(known)).isEqualTo(found);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"plain\"",
                "\"grüße 日本語 \\ud83d\\ude00 😀\"",
                "{ \"spaces\" : 1.0 ,\n\t\"e\":1e3, \"half\":\"\\ud800\", \"nul\":\"\\u0000\", \"sep\":\"\\u001f\" }",
                "\"back \\\\ slash \\\" quote '' $1 %s\"",
                "\"\u007f\u0085\u200b\u2028\ufeff\ufffd\"",
                "-0.000"
            })
    void theDatabaseComputesTheSameDigest(String definition) throws Exception {
        Row row = new Row(new RowKey(RowKind.FLAG, "prö\\ject", "k'e\"y \u001f😀"), -7, definition);
        assertThat(database.put(row).revision().digest()).isEqualTo(row.digest());
        assertThat(storedDigest()).isEqualTo(row.digest());
    }

    @Test
    void theDatabaseAddsDigestsWithTheirCarries() throws Exception {
        Row[] many = IntStream.range(0, 500)
                .mapToObj(i -> flag("f" + i, i, "\"" + "x".repeat(i * 20) + "\""))
                .toArray(Row[]::new);
        assertThat(database.put(many).revision().digest()).isEqualTo(rows(many).digest());
        assertThat(storedDigest()).isEqualTo(rows(many).digest());
    }

    private Digest storedDigest() throws Exception {
        return Digest.parse(database.text("select encode(variate.ruleset_digest(), 'hex')"));
    }

    @Test
    void aLargeChangeOfMostRowsIsReadAsAWhole() throws Exception {
        RulesetRows before = database.put(flags(2200, "1"));
        database.put(flags(1500, "2"));
        assertThat(await(target.readSince(before.revision()))).isInstanceOf(RulesetReading.Whole.class);
    }

    @Test
    void aLargeChangeOfTheMinorityOfRowsIsReadAsADelta() throws Exception {
        RulesetRows before = database.put(flags(3200, "1"));
        RulesetRows after = database.put(flags(1500, "2"));
        RulesetReading reading = await(target.readSince(before.revision()));
        assertThat(reading).isInstanceOf(RulesetReading.Changed.class);
        assertThat(before.apply(((RulesetReading.Changed) reading).delta())).isEqualTo(after);
    }

    @Test
    void aRevisionThatIsTooOldIsReadAsAWhole() throws Exception {
        RulesetRows first = database.put(flag("a", "1"));
        RulesetRows second = database.put(flag("a", "2"));
        database.execute("update variate.ruleset set revision = revision + 9999");
        assertThat(await(target.readSince(first.revision()))).isInstanceOf(RulesetReading.Whole.class);
        assertThat(await(target.readSince(second.revision()))).isInstanceOf(RulesetReading.Changed.class);
        assertThat(await(target.change(first, null, present -> rows(flag("b", "3"))))
                        .to()
                        .number())
                .isEqualTo(10_002);
    }

    @Test
    void tombstonesAreBounded() throws Exception {
        RulesetRows before = database.put(flags(10_001, "1"));
        RulesetRows kept = database.remove(flag("f0", "").key());
        await(target.change(null, null, present -> RowSet.EMPTY));
        assertThat(database.text("select count(*) from variate.removed_row")).isEqualTo("10000");
        assertThat(await(target.readSince(before.revision()))).isInstanceOf(RulesetReading.Whole.class);
        assertThat(database.catchUp(kept)).isEqualTo(database.whole());
    }

    @Test
    void rowsThatWereEditedWithoutARevisionAreReadWithANewOne() throws Exception {
        RulesetRows before = database.put(flag("a", "1"), flag("b", "2"));
        database.execute("update variate.ruleset_row set definition = '3' where key = 'a'");
        try (LogLines log = new LogLines(RulesetStore.class)) {
            RulesetRows found = database.whole();
            assertThat(found.rows()).isEqualTo(rows(flag("a", "3"), flag("b", "2")));
            assertThat(found.revision().number()).isEqualTo(before.revision().number() + 1);
            assertThat(log.all()).anySatisfy(line -> assertThat(line).contains("rows=2"));
        }
        assertThat(database.catchUp(before)).isEqualTo(database.whole());
    }

    @Test
    void aWrongDigestOfTheDatabaseIsCorrected() throws Exception {
        RulesetRows before = database.put(flag("a", "1"));
        database.execute("update variate.ruleset set digest = '\\x00112233445566778899aabbccddeeff'");
        RulesetRows found = database.catchUp(before);
        assertThat(found.rows()).isEqualTo(before.rows());
        assertThat(found.revision().number()).isEqualTo(before.revision().number() + 1);
        assertThat(await(target.readSince(found.revision()))).isEqualTo(new RulesetReading.Unchanged());
    }

    @Test
    void aChangeCorrectsAWrongDigestFirst() throws Exception {
        RulesetRows before = database.put(flag("a", "1"), flag("b", "2"));
        database.execute("update variate.ruleset_row set definition = '3' where key = 'a'");
        await(target.change(null, null, present -> present.apply(new RowChanges(List.of(), List.of(flag("b", "4"))))));
        assertThat(database.catchUp(before)).isEqualTo(database.whole());
        assertThat(database.whole().rows()).isEqualTo(rows(flag("a", "3"), flag("b", "4")));
        assertThat(database.whole().revision().number())
                .isEqualTo(before.revision().number() + 2);
    }

    @Test
    void anotherHistoryIsDiverged() throws Exception {
        RulesetRows present = database.put(flag("a", "1"));
        Revision served = new Revision("other", 1, present.revision().digest());
        assertThat(await(target.readSince(served))).isEqualTo(new RulesetReading.Diverged(present.revision()));
    }

    private static Row[] flags(int count, String definition) {
        return IntStream.range(0, count)
                .mapToObj(i -> flag("f" + i, i, definition))
                .toArray(Row[]::new);
    }
}
