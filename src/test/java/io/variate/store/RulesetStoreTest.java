package io.variate.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.config.Secret;
import io.variate.config.Settings;
import io.variate.dev.EmbeddedPostgresql;
import io.variate.store.RulesetRows.Row;
import io.variate.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("slow")
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
    void loadsTheSameTextInTheSameOrder() throws Exception {
        RulesetRows written = new RulesetRows(
                0,
                List.of(new Row("k2", "{\"key\": \"k2\"}"), new Row("k1", "{\"key\":\"k1\"}")),
                List.of(new Row("f", "{\"key\":\"f\",\"n\":1.0,\"e\":1e3,\"nul\":\"\\u0000\",\"half\":\"\\ud800\"}")),
                List.of(new Row("c", "{\"id\":\"c\"}")));
        long revision = await(target.replace(written, null));
        assertThat(load())
                .isEqualTo(new RulesetColumns(
                        revision,
                        "{\"key\": \"k2\"},{\"key\":\"k1\"}",
                        written.flags().get(0).definition(),
                        "{\"id\":\"c\"}"));
    }

    @Test
    void eachReplacementHasTheNextRevision() throws Exception {
        long before = load().revision();
        assertThat(await(target.replace(ruleset("a"), null))).isEqualTo(before + 1);
        assertThat(load().revision()).isEqualTo(before + 1);
    }

    @Test
    void rejectsAReplacementOfAnOutdatedRevisionWithoutChanges() throws Exception {
        long first = await(target.replace(ruleset("a"), null));
        long second = await(target.replace(ruleset("b"), first));
        assertThatThrownBy(() -> await(target.replace(ruleset("c"), first)))
                .isInstanceOf(RevisionConflictException.class);
        assertThat(load()).isEqualTo(new RulesetColumns(second, "", "{\"b\":1}", ""));
    }

    @Test
    void loadsNothingIfTheCallerHasTheRevision() throws Exception {
        long revision = await(target.replace(ruleset("a"), null));
        assertThat(await(target.loadUnless(revision))).isNull();
        assertThat(await(target.loadUnless(revision - 1))).isNotNull();
    }

    @Test
    void createsTheSchemaOfAnEmptyDatabaseOnTheFirstRead() throws Exception {
        RulesetStore empty = store(POSTGRES.createRole("variate_newcomer", "secret"));
        assertThat(await(empty.loadUnless(-1))).isEqualTo(new RulesetColumns(0, "", "", ""));
        await(empty.close());
    }

    @Test
    void listensForCommittedChanges() throws Exception {
        AtomicInteger notifications = new AtomicInteger();
        ChangeListener listener = target.listener(notifications::incrementAndGet);
        listener.ensureListening();
        Await.until("the listener is connected", listener::isListening);
        int before = notifications.get();
        await(target.replace(ruleset("a"), null));
        Await.value("a notification has arrived", () -> notifications.get(), seen -> seen > before);
        await(listener.close());
    }

    @Test
    void listensAgainAfterAConnectionLoss() throws Exception {
        ChangeListener listener = target.listener(() -> {});
        listener.ensureListening();
        Await.until("the listener is connected", listener::isListening);
        POSTGRES.restart();
        Await.until("the listener is disconnected", () -> !listener.isListening());
        Await.until("the listener has reconnected", () -> {
            listener.ensureListening();
            return listener.isListening();
        });
        await(listener.close());
        assertThat(listener.isListening()).isFalse();
    }

    @Test
    void migratingTwiceChangesNothing() throws Exception {
        long revision = await(target.replace(ruleset("a"), null));
        await(target.migrate());
        assertThat(load().revision()).isEqualTo(revision);
    }

    @Test
    void countsQueriesByKindAndOutcome() throws Exception {
        load();
        assertThat(metrics.get("variate.postgres.queries")
                        .tags("query", "load", "outcome", "ok")
                        .counter()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void failsWithinTheTimeoutIfTheDatabaseIsDown() throws Exception {
        RulesetStore unavailable = store("postgresql://postgres@127.0.0.1:1/postgres");
        assertThatThrownBy(() -> await(unavailable.loadUnless(-1))).isInstanceOf(Exception.class);
        await(unavailable.close());
    }

    @Test
    void aRoleWithAPasswordCanMigrateAndRead() throws Exception {
        RulesetStore guarded = store(POSTGRES.createRole("variate_role", "pass word/&?"));
        await(guarded.migrate());
        assertThat(await(guarded.loadUnless(-1))).isEqualTo(new RulesetColumns(0, "", "", ""));
        await(guarded.close());
    }

    @Test
    void anErrorAboutAnInvalidUriDoesNotContainIt() {
        assertThatThrownBy(() -> store("mysql://user:hush@host/db"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("hush")
                .hasMessageStartingWith("postgres.uri");
    }

    private RulesetColumns load() throws Exception {
        return Objects.requireNonNull(await(target.loadUnless(-1)));
    }

    private RulesetStore store(String uri) {
        return new RulesetStore(new Database(
                vertx,
                new Settings.Postgres(new Secret(uri), 2, Duration.ofSeconds(5), Duration.ofSeconds(20), null),
                metrics));
    }

    private static RulesetRows ruleset(String flag) {
        return new RulesetRows(0, List.of(), List.of(new Row(flag, "{\"" + flag + "\":1}")), List.of());
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.await(20, TimeUnit.SECONDS);
    }
}
