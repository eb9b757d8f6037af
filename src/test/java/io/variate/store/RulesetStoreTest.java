package io.variate.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.config.Secret;
import io.variate.config.Settings;
import io.variate.dev.EmbeddedPostgresql;
import io.variate.store.StoredRuleset.Row;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RulesetStoreTest {
    private static final EmbeddedPostgresql POSTGRES = EmbeddedPostgresql.start(null, 0);

    private final Vertx vertx = Vertx.vertx();
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final RulesetStore target = store(POSTGRES.uri());

    @AfterAll
    static void stopPostgres() {
        POSTGRES.close();
    }

    @BeforeEach
    void migrate() throws Exception {
        await(target.migrate());
    }

    @AfterEach
    void close() throws Exception {
        await(target.close());
        await(vertx.close());
    }

    @Test
    void whatIsReplacedIsLoadedInItsOrderAndToTheLetter() throws Exception {
        StoredRuleset written = new StoredRuleset(
                0,
                List.of(new Row("k2", "{\"key\": \"k2\"}"), new Row("k1", "{\"key\":\"k1\"}")),
                List.of(new Row("f", "{\"key\":\"f\",\"n\":1.0,\"e\":1e3,\"nul\":\"\\u0000\",\"half\":\"\\ud800\"}")),
                List.of(new Row("c", "{\"id\":\"c\"}")));
        long revision = await(target.replace(written, null));
        assertThat(await(target.load()))
                .isEqualTo(new StoredRuleset(revision, written.deployments(), written.flags(), written.cohorts()));
    }

    @Test
    void eachReplacementHasTheNextRevision() throws Exception {
        long before = await(target.revision());
        assertThat(await(target.replace(ruleset("a"), null))).isEqualTo(before + 1);
        assertThat(await(target.revision())).isEqualTo(before + 1);
    }

    @Test
    void aReplacementOfAnOutdatedRevisionIsRefusedAndChangesNothing() throws Exception {
        long first = await(target.replace(ruleset("a"), null));
        long second = await(target.replace(ruleset("b"), first));
        assertThatThrownBy(() -> await(target.replace(ruleset("c"), first)))
                .isInstanceOf(RevisionConflictException.class);
        assertThat(await(target.load()).revision()).isEqualTo(second);
        assertThat(await(target.load()).flags()).extracting(Row::key).containsExactly("b");
    }

    @Test
    void aCommittedChangeIsHeardOf() throws Exception {
        CountDownLatch heard = new CountDownLatch(1);
        ChangeListening listening = await(target.listen(heard::countDown));
        await(target.replace(ruleset("a"), null));
        assertThat(heard.await(10, TimeUnit.SECONDS)).isTrue();
        await(listening.close());
    }

    @Test
    void aBrokenConnectionNoLongerListens() throws Exception {
        ChangeListening listening = await(target.listen(() -> {}));
        assertThat(listening.alive()).isTrue();
        await(listening.close());
        assertThat(listening.alive()).isFalse();
    }

    @Test
    void migratingTwiceChangesNothing() throws Exception {
        long revision = await(target.replace(ruleset("a"), null));
        await(target.migrate());
        assertThat(await(target.revision())).isEqualTo(revision);
    }

    @Test
    void queriesAreCountedByKindAndOutcome() throws Exception {
        await(target.load());
        assertThat(metrics.get("variate.postgres.queries")
                        .tags("query", "load", "outcome", "ok")
                        .counter()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void aDatabaseThatIsAwayIsAFailureWithinTheTimeSet() throws Exception {
        RulesetStore away = store("postgresql://postgres@127.0.0.1:1/postgres");
        assertThatThrownBy(() -> await(away.revision())).isInstanceOf(Exception.class);
        await(away.close());
    }

    @Test
    void aRoleWithAPasswordMigratesAndReads() throws Exception {
        RulesetStore guarded = store(POSTGRES.createRole("variate_role", "pass word/&?"));
        await(guarded.migrate());
        assertThat(await(guarded.revision())).isZero();
        await(guarded.close());
    }

    @Test
    void anAddressThatCannotBeReadIsNotRepeated() {
        assertThatThrownBy(() -> store("mysql://user:hush@host/db"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("hush")
                .hasMessageStartingWith("postgres.uri");
    }

    private RulesetStore store(String uri) {
        return new RulesetStore(new Database(
                vertx,
                new Settings.Postgres(new Secret(uri), 2, Duration.ofSeconds(5), Duration.ofSeconds(20), null),
                metrics));
    }

    private static StoredRuleset ruleset(String flag) {
        return new StoredRuleset(0, List.of(), List.of(new Row(flag, "{}")), List.of());
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.await(20, TimeUnit.SECONDS);
    }
}
