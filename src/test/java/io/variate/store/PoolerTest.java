package io.variate.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.config.Secret;
import io.variate.config.Settings;
import io.variate.dev.EmbeddedPostgresql;
import io.variate.rulesets.rows.Row;
import io.variate.testing.Await;
import io.variate.testing.LogLines;
import io.variate.testing.PgBouncer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** PostgreSQL behind Debian's PgBouncer, in its default configuration except for the pool mode. */
@Tag("slow")
class PoolerTest {
    private static final CohortChange CHANGE =
            new CohortChange("", "c", null, null, null, "test", "api", null, "request");

    private static final AtomicInteger NAMES = new AtomicInteger();

    @SuppressWarnings("NullAway.Init")
    private static EmbeddedPostgresql postgres;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private final List<Database> databases = new ArrayList<>();

    @BeforeAll
    static void startPostgres() {
        postgres = EmbeddedPostgresql.start(null, 0);
    }

    @AfterAll
    static void stopPostgres() {
        postgres.close();
    }

    @AfterEach
    void close() throws Exception {
        for (Database database : databases) {
            await(database.close());
        }
        await(vertx.close());
    }

    @ParameterizedTest
    @ValueSource(strings = {"session", "transaction"})
    void migratesWritesAndReadsRulesetsAndCohorts(String mode) throws Exception {
        String name = newDatabase();
        try (PgBouncer pooler = PgBouncer.start(directory, postgres.port(), mode)) {
            Database database = database(pooler.uri(name));
            RulesetStore rulesets = new RulesetStore(database);
            CohortStore cohorts = new CohortStore(database);

            assertThat(RulesetDatabase.whole(rulesets).revision().number()).isZero();
            for (int revision = 1; revision <= 5; revision++) {
                assertThat(await(RulesetDatabase.replace(rulesets, flags(20)))
                                .to()
                                .number())
                        .isEqualTo(revision);
            }
            StoredCohort stored = await(cohorts.replace(
                    new StoredCohort("c", "User", 1, 3, 3, 0, 0),
                    number -> Future.succeededFuture(Buffer.buffer(new byte[] {(byte) number, 0, -1})),
                    30,
                    null,
                    CHANGE));
            // Many concurrent reads, on all connections of both pools.
            List<Future<Buffer>> chunks = IntStream.range(0, 300)
                    .mapToObj(i -> cohorts.chunk(stored.upload(), i % 30))
                    .toList();
            await(Future.all(chunks));
            for (int i = 0; i < chunks.size(); i++) {
                assertThat(chunks.get(i).result().getBytes()).isEqualTo(new byte[] {(byte) (i % 30), 0, -1});
            }
            assertThat(await(cohorts.load()).cohorts()).hasSize(1);
            assertThat(await(cohorts.delete("c", 0, CHANGE))).isTrue();
        }
    }

    @Test
    void leavesNoStateInTheSessionsOfThePooler() throws Exception {
        String name = newDatabase();
        try (PgBouncer pooler = PgBouncer.start(
                directory, postgres.port(), "transaction", "default_pool_size = 1", "min_pool_size = 1")) {
            Database database = database(pooler.uri(name));
            // There is one server connection, so a migration that needs two would hang.
            await(new RulesetStore(database).migrate());
            await(RulesetDatabase.replace(new RulesetStore(database), flags(2)));

            PgConnection other = await(PgConnection.connect(
                    vertx, PgConnectOptions.fromUri(pooler.uri(name)).setProperties(java.util.Map.of())));
            assertThat(text(other, "show search_path")).isEqualTo("\"$user\", public");
            assertThat(text(other, "select count(*)::text from pg_prepared_statements"))
                    .isEqualTo("0");
            assertThat(text(other, "select count(*)::text from pg_locks where locktype = 'advisory'"))
                    .isEqualTo("0");
            assertThat(text(other, "select count(*)::text from pg_tables where schemaname = 'public'"))
                    .isEqualTo("0");
            await(other.close());
        }
    }

    @Test
    void severalNodesMigrateThroughASmallPool() throws Exception {
        String name = newDatabase();
        try (PgBouncer pooler = PgBouncer.start(
                directory, postgres.port(), "transaction", "default_pool_size = 2", "min_pool_size = 1")) {
            List<Future<Void>> migrations = IntStream.range(0, 5)
                    .mapToObj(i -> new RulesetStore(database(pooler.uri(name))).migrate())
                    .toList();
            await(Future.all(migrations));
        }
    }

    @Test
    void readsButRejectsWritesInStatementMode() throws Exception {
        String name = newDatabase();
        RulesetStore direct = new RulesetStore(database(postgres.uri().replaceFirst("/postgres$", "/" + name)));
        await(direct.migrate());
        await(RulesetDatabase.replace(direct, flags(1)));
        try (PgBouncer pooler = PgBouncer.start(directory, postgres.port(), "statement")) {
            Database database = database(pooler.uri(name));
            RulesetStore target = new RulesetStore(database);
            assertThat(RulesetDatabase.whole(target).revision().number()).isEqualTo(1);
            assertThatThrownBy(() -> await(RulesetDatabase.replace(target, flags(1))))
                    .isInstanceOf(Exception.class);
            assertThat(RulesetDatabase.whole(target).revision().number()).isEqualTo(1);
        }
    }

    @Test
    void detectsThatNotificationsDoNotArrive() throws Exception {
        try (PgBouncer pooler = PgBouncer.start(directory, postgres.port(), "transaction");
                LogLines lines = new LogLines(ChangeListener.class)) {
            ChangeListener listener = new RulesetStore(database(pooler.uri(newDatabase()))).listener(() -> {});
            for (int check = 0; check < 3; check++) {
                listener.ensureListening();
            }
            Await.until("the listener has logged a warning", () -> !lines.all().isEmpty());
            listener.ensureListening();
            assertThat(listener.isListening()).isFalse();
            assertThat(lines.all())
                    .singleElement()
                    .asString()
                    .startsWith("WARN cannot listen for notifications of PostgreSQL")
                    .contains("polling channel=variate_ruleset");
            await(listener.close());
        }
    }

    @Test
    void listensThroughAPoolerInSessionMode() throws Exception {
        try (PgBouncer pooler = PgBouncer.start(directory, postgres.port(), "session")) {
            AtomicInteger notifications = new AtomicInteger();
            RulesetStore target = new RulesetStore(database(pooler.uri(newDatabase())));
            await(target.migrate());
            ChangeListener listener = target.listener(notifications::incrementAndGet);
            listener.ensureListening();
            Await.until("the listener is connected", listener::isListening);
            int before = notifications.get();
            await(RulesetDatabase.replace(target, flags(1)));
            Await.value("a notification has arrived", () -> notifications.get(), seen -> seen > before);
            await(listener.close());
        }
    }

    @Test
    void recoversAfterThePoolerIsKilledAndRestarted() throws Exception {
        try (PgBouncer pooler = PgBouncer.start(directory, postgres.port(), "transaction")) {
            RulesetStore target = new RulesetStore(database(pooler.uri(newDatabase())));
            await(target.migrate());
            pooler.kill();
            assertThatThrownBy(() -> await(target.readSince(null))).isInstanceOf(Exception.class);
            pooler.restart();
            Await.until("the database answers", () -> target.readSince(null)
                    .transform((found, failure) -> Future.succeededFuture(failure == null))
                    .await(20, TimeUnit.SECONDS));
        }
    }

    private static String text(PgConnection connection, String sql) throws Exception {
        return await(connection.query(sql).execute()).iterator().next().getString(0);
    }

    private String newDatabase() throws Exception {
        String name = "pooled_" + NAMES.incrementAndGet();
        PgConnection connection = await(PgConnection.connect(vertx, PgConnectOptions.fromUri(postgres.uri())));
        await(connection.query("create database " + name).execute());
        await(connection.close());
        return name;
    }

    private Database database(String uri) {
        Database database = new Database(
                vertx,
                new Settings.Postgres(new Secret(uri), 4, Duration.ofSeconds(3), Duration.ofSeconds(20), null),
                new SimpleMeterRegistry());
        databases.add(database);
        return database;
    }

    private static Row[] flags(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> RulesetDatabase.flag("f" + i, i, "{\"f\":" + i + "}"))
                .toArray(Row[]::new);
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.await(30, TimeUnit.SECONDS);
    }
}
