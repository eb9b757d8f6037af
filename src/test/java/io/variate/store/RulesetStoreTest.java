package io.variate.store;

import static io.variate.store.RulesetDatabase.flag;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.config.Secret;
import io.variate.config.Settings;
import io.variate.dev.EmbeddedPostgresql;
import io.variate.rulesets.rows.Revision;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowKey;
import io.variate.rulesets.rows.RowKind;
import io.variate.rulesets.rows.RowSet;
import io.variate.rulesets.rows.RulesetRows;
import io.variate.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
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
    void readsTheSameTextInTheSameOrder() throws Exception {
        Row[] rows = {
            new Row(new RowKey(RowKind.DEPLOYMENT, "", "k2"), 1, "{\"key\": \"k2\"}"),
            new Row(new RowKey(RowKind.DEPLOYMENT, "", "k1"), 2, "{\"key\":\"k1\"}"),
            flag("f", "{\"key\":\"f\",\"n\":1.0,\"e\":1e3,\"nul\":\"\\u0000\",\"half\":\"\\ud800\",\"q\":\"{,}\\\"\"}"),
            new Row(new RowKey(RowKind.COHORT, "p, \"{}", "c, null"), 1, "{\"id\":\"c\"}")
        };
        await(RulesetDatabase.replace(target, rows));
        assertThat(whole().rows().all()).containsExactly(rows);
    }

    @Test
    void eachReplacementHasTheNextRevision() throws Exception {
        long before = whole().revision().number();
        assertThat(await(RulesetDatabase.replace(target, flag("a", "{}"))).to().number())
                .isEqualTo(before + 1);
        assertThat(whole().revision().number()).isEqualTo(before + 1);
    }

    @Test
    void rejectsAReplacementOfAnOutdatedRevisionWithoutChanges() throws Exception {
        long first =
                await(RulesetDatabase.replace(target, flag("a", "{}"))).to().number();
        await(target.change(null, first, present -> RulesetDatabase.rows(flag("b", "{}"))));
        assertThatThrownBy(() -> await(target.change(null, first, present -> RowSet.EMPTY)))
                .isInstanceOf(RevisionConflictException.class);
        assertThat(whole().rows().all()).containsExactly(flag("b", "{}"));
    }

    @Test
    void createsTheSchemaOfAnEmptyDatabaseOnTheFirstRead() throws Exception {
        RulesetStore empty = store(POSTGRES.createRole("variate_newcomer", "secret"));
        assertThat(RulesetDatabase.whole(empty).rows()).isEqualTo(RowSet.EMPTY);
        await(empty.close());
    }

    @Test
    void listensForCommittedChanges() throws Exception {
        AtomicInteger notifications = new AtomicInteger();
        ChangeListener listener = target.listener(notifications::incrementAndGet);
        listener.ensureListening();
        Await.until("the listener is connected", listener::isListening);
        int before = notifications.get();
        await(RulesetDatabase.replace(target, flag("a", "{}")));
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
    void listensOnceTheServerAcceptsConnectionsAgain() throws Exception {
        RulesetStore limited = store(POSTGRES.createRole("variate_limited", "secret"));
        execute("alter role variate_limited connection limit 0");
        ChangeListener listener = limited.listener(() -> {});
        listener.ensureListening();
        Await.until(
                "the server has rejected the connection",
                () -> metrics.find("variate.postgres.queries").tag("query", "listen").counters().stream()
                        .anyMatch(counter -> counter.count() > 0));
        execute("alter role variate_limited connection limit -1");
        Await.until("the listener has connected", () -> {
            listener.ensureListening();
            return listener.isListening();
        });
        await(listener.close());
        await(limited.close());
    }

    @Test
    void migratingTwiceChangesNothing() throws Exception {
        Revision revision =
                await(RulesetDatabase.replace(target, flag("a", "{}"))).to();
        await(target.migrate());
        assertThat(whole().revision()).isEqualTo(revision);
    }

    @Test
    void countsQueriesByKindAndOutcome() throws Exception {
        whole();
        assertThat(metrics.get("variate.postgres.queries")
                        .tags("query", "load", "outcome", "ok")
                        .counter()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void failsWithinTheTimeoutIfTheDatabaseIsDown() throws Exception {
        RulesetStore unavailable = store("postgresql://postgres@127.0.0.1:1/postgres");
        assertThatThrownBy(() -> await(unavailable.readSince(null))).isInstanceOf(Exception.class);
        await(unavailable.close());
    }

    @Test
    void aRoleWithAPasswordCanMigrateAndRead() throws Exception {
        RulesetStore guarded = store(POSTGRES.createRole("variate_role", "pass word/&?"));
        await(guarded.migrate());
        assertThat(RulesetDatabase.whole(guarded).rows()).isEqualTo(RowSet.EMPTY);
        await(guarded.close());
    }

    @Test
    void anErrorAboutAnInvalidUriDoesNotContainIt() {
        assertThatThrownBy(() -> store("mysql://user:hush@host/db"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("hush")
                .hasMessageStartingWith("postgres.uri");
    }

    private static void execute(String statement) throws SQLException {
        try (Connection connection = DriverManager.getConnection(
                        "jdbc:" + POSTGRES.uri().replace("postgres@", "") + "?user=postgres");
                Statement sql = connection.createStatement()) {
            sql.execute(statement);
        }
    }

    private RulesetRows whole() throws Exception {
        return RulesetDatabase.whole(target);
    }

    private RulesetStore store(String uri) {
        return new RulesetStore(new Database(
                vertx,
                new Settings.Postgres(new Secret(uri), 2, Duration.ofSeconds(5), Duration.ofSeconds(20), null),
                metrics));
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.await(20, TimeUnit.SECONDS);
    }
}
