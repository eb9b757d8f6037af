package io.variate.store;

import static io.variate.store.RulesetDatabase.await;
import static io.variate.store.RulesetDatabase.flag;
import static io.variate.store.RulesetDatabase.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.variate.dev.EmbeddedPostgresql;
import io.variate.rulesets.rows.Revision;
import io.variate.rulesets.rows.RowChanges;
import io.variate.rulesets.rows.RowSet;
import io.variate.rulesets.rows.RulesetReading;
import io.variate.rulesets.rows.RulesetRows;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A database that was restored to an older state than the one served. */
@Tag("slow")
class RestoredRulesetTest {
    private static final EmbeddedPostgresql POSTGRES = EmbeddedPostgresql.start(null, 0);

    @SuppressWarnings("NullAway.Init")
    private RulesetDatabase database;

    @SuppressWarnings("NullAway.Init")
    private RulesetRows older;

    @SuppressWarnings("NullAway.Init")
    private RulesetRows atBackup;

    @SuppressWarnings("NullAway.Init")
    private RulesetRows served;

    @AfterAll
    static void stopPostgres() {
        POSTGRES.close();
    }

    @BeforeEach
    void restore() throws Exception {
        database = new RulesetDatabase(POSTGRES);
        older = database.put(flag("a", "1"));
        atBackup = database.put(flag("b", "1"));
        database.backUp();
        database.put(flag("c", "1"));
        served = database.remove(flag("a", "").key());
        database.restore();
    }

    @AfterEach
    void close() throws Exception {
        database.close();
    }

    @Test
    void anOlderDatabaseIsDiverged() throws Exception {
        assertThat(await(database.store.readSince(served.revision())))
                .isEqualTo(new RulesetReading.Diverged(atBackup.revision()));
        assertThat(await(database.store.readSince(atBackup.revision()))).isEqualTo(new RulesetReading.Unchanged());
    }

    @Test
    void aDatabaseRemainsDivergedBelowAtAndAboveTheServedNumber() throws Exception {
        for (int number = 3; number < 8; number++) {
            RulesetRows branch = database.put(flag("n" + number, "1"));
            assertThat(branch.revision().number()).isEqualTo(number);
            assertThat(await(database.store.readSince(served.revision())))
                    .isEqualTo(new RulesetReading.Diverged(branch.revision()));
            assertThat(database.catchUp(atBackup)).isEqualTo(branch);
        }
    }

    @Test
    void theSameChangesLeadToTheSameRevision() throws Exception {
        database.put(flag("c", "1"));
        RulesetRows again = database.remove(flag("a", "").key());
        assertThat(again).isEqualTo(served);
        assertThat(await(database.store.readSince(served.revision()))).isEqualTo(new RulesetReading.Unchanged());
    }

    @Test
    void aWriterOfThePreviousReleaseDoesNotHideTheBranch() throws Exception {
        try (PreviousRelease previous = new PreviousRelease(database.vertx, database.uri())) {
            for (int i = 0; i < 4; i++) {
                await(previous.replaceFlags("x" + i));
                assertThat(await(database.store.readSince(served.revision())))
                        .isInstanceOf(RulesetReading.Diverged.class);
            }
        }
    }

    @Test
    void rejectsChangesOfWhatIsServed() throws Exception {
        assertThatThrownBy(() -> await(database.store.change(served, null, present -> RowSet.EMPTY)))
                .isInstanceOfSatisfying(HistoryDivergedException.class, diverged -> {
                    assertThat(diverged.served()).isEqualTo(served.revision());
                    assertThat(diverged.stored()).isEqualTo(atBackup.revision());
                });
        assertThat(database.whole()).isEqualTo(atBackup);
    }

    @Test
    void recoversWithTheRowsOfTheDatabase() throws Exception {
        Revision recovered = await(database.store.recover(served.revision(), null));
        assertThat(recovered)
                .isEqualTo(new Revision(
                        served.revision().history(), 5, atBackup.rows().digest()));
        assertAllFollow(recovered, atBackup.rows());
    }

    @Test
    void recoversWithTheRowsThatAreServed() throws Exception {
        database.put(flag("branch", "1"));
        Revision recovered = await(database.store.recover(served.revision(), served.rows()));
        assertThat(recovered)
                .isEqualTo(new Revision(
                        served.revision().history(), 5, served.rows().digest()));
        assertAllFollow(recovered, served.rows());
    }

    @Test
    void recoversABranchThatIsAheadOfWhatIsServed() throws Exception {
        for (int i = 0; i < 7; i++) {
            database.put(flag("branch", Integer.toString(i)));
        }
        Revision recovered = await(database.store.recover(served.revision(), served.rows()));
        assertThat(recovered.number()).isEqualTo(10);
        assertAllFollow(recovered, served.rows());
    }

    @Test
    void recoversInAnotherDatabase() throws Exception {
        try (RulesetDatabase other = new RulesetDatabase(POSTGRES)) {
            RulesetRows present = other.put(flag("other", "1"));
            assertThat(await(other.store.readSince(served.revision())))
                    .isEqualTo(new RulesetReading.Diverged(present.revision()));
            await(other.store.recover(served.revision(), served.rows()));
            assertThat(other.catchUp(served).rows()).isEqualTo(served.rows());
            assertThat(other.whole().revision().history())
                    .isEqualTo(served.revision().history());
        }
    }

    @Test
    void changesContinueAfterARecovery() throws Exception {
        await(database.store.recover(served.revision(), null));
        RulesetRows recovered = database.whole();
        database.put(flag("d", "1"));
        RulesetRows next = database.remove(flag("b", "").key());
        assertThat(await(database.store.readSince(recovered.revision()))).isInstanceOf(RulesetReading.Changed.class);
        assertThat(database.catchUp(recovered)).isEqualTo(next);
        assertThat(await(database.store.change(
                                served,
                                null,
                                present -> present.apply(new RowChanges(List.of(), List.of(flag("e", "1"))))))
                        .from())
                .isEqualTo(next.revision());
    }

    @Test
    void rejectsARecoveryOfADatabaseThatIsNotDiverged() throws Exception {
        database.put(flag("d", "1"));
        RulesetRows before = database.whole();
        assertThatThrownBy(() -> await(database.store.recover(atBackup.revision(), RowSet.EMPTY)))
                .isInstanceOf(NotDivergedException.class);
        assertThat(database.whole()).isEqualTo(before);
    }

    @Test
    void theSecondOfTwoRecoveriesIsRejected() throws Exception {
        await(database.store.recover(served.revision(), null));
        assertThatThrownBy(() -> await(database.store.recover(served.revision(), served.rows())))
                .isInstanceOf(NotDivergedException.class);
        assertThat(database.whole().rows()).isEqualTo(rows(flag("a", "1"), flag("b", "1")));
    }

    private void assertAllFollow(Revision recovered, RowSet rows) throws Exception {
        for (RulesetRows reader : List.of(older, atBackup, served)) {
            RulesetReading reading = await(database.store.readSince(reader.revision()));
            assertThat(reading).isInstanceOf(RulesetReading.Whole.class);
            RulesetRows found = ((RulesetReading.Whole) reading).rows();
            assertThat(found.revision()).isEqualTo(recovered);
            assertThat(found.rows()).isEqualTo(rows);
        }
    }
}
