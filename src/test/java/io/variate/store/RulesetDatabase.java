package io.variate.store;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.config.Secret;
import io.variate.config.Settings;
import io.variate.dev.EmbeddedPostgresql;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowChanges;
import io.variate.rulesets.rows.RowKey;
import io.variate.rulesets.rows.RowKind;
import io.variate.rulesets.rows.RowSet;
import io.variate.rulesets.rows.RulesetDelta;
import io.variate.rulesets.rows.RulesetReading;
import io.variate.rulesets.rows.RulesetRows;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.flywaydb.core.Flyway;

/** A new empty database, its store, and a connection of a superuser to inspect and alter it. */
final class RulesetDatabase implements AutoCloseable {
    private static final AtomicInteger NAMES = new AtomicInteger();
    private static final List<String> TABLES =
            List.of("ruleset", "ruleset_row", "removed_row", "revision_log", "row_history", "revision_time");

    final Vertx vertx = Vertx.vertx();
    final RulesetStore store;
    final Connection connection;
    private final String name = "rulesets_" + NAMES.incrementAndGet();
    private final int port;

    RulesetDatabase(EmbeddedPostgresql postgres) throws SQLException {
        this(postgres, Duration.ofSeconds(10));
    }

    /** @param timeout of each step of a read or a write */
    RulesetDatabase(EmbeddedPostgresql postgres, Duration timeout) throws SQLException {
        port = postgres.port();
        try (Connection admin = DriverManager.getConnection(url("postgres"));
                Statement statement = admin.createStatement()) {
            statement.execute("create database " + name);
        }
        connection = DriverManager.getConnection(url(name));
        store = new RulesetStore(new Database(
                vertx,
                new Settings.Postgres(new Secret(uri()), 4, timeout, timeout.multipliedBy(3), null),
                new SimpleMeterRegistry()));
    }

    String uri() {
        return "postgresql://postgres@127.0.0.1:" + port + "/" + name;
    }

    private String url(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database + "?user=postgres";
    }

    /** Creates the schema of the previous release. */
    void migrateToThePreviousRelease() {
        Flyway.configure()
                .dataSource(url(name), null, null)
                .schemas("variate")
                .createSchemas(true)
                .target("2")
                .load()
                .migrate();
    }

    Connection connect() throws SQLException {
        return DriverManager.getConnection(url(name));
    }

    void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The first column of all rows. */
    List<String> texts(String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery(sql)) {
            List<String> texts = new ArrayList<>();
            while (found.next()) {
                texts.add(found.getString(1));
            }
            return texts;
        }
    }

    String text(String sql) throws SQLException {
        return texts(sql).get(0);
    }

    /** All rows of the database, read without a known revision. */
    RulesetRows whole() throws Exception {
        return whole(store);
    }

    /** All rows of a database, read without a known revision. */
    static RulesetRows whole(RulesetStore store) throws TimeoutException {
        return ((RulesetReading.Whole) await(store.readSince(null))).rows();
    }

    /** Replaces everything. */
    static Future<RulesetDelta> replace(RulesetStore store, Row... rows) {
        return store.change(null, null, present -> rows(rows));
    }

    /** What the rows become after a read. */
    RulesetRows catchUp(RulesetRows served) throws Exception {
        RulesetReading reading = await(store.readSince(served.revision()));
        if (reading instanceof RulesetReading.Changed changed) {
            return served.apply(changed.delta());
        }
        return reading instanceof RulesetReading.Whole whole ? whole.rows() : served;
    }

    /** Adds or replaces rows. */
    RulesetRows put(Row... rows) throws Exception {
        await(store.change(null, null, present -> present.apply(new RowChanges(List.of(), List.of(rows)))));
        return whole();
    }

    /** Removes rows. */
    RulesetRows remove(RowKey... keys) throws Exception {
        await(store.change(null, null, present -> present.apply(new RowChanges(List.of(keys), List.of()))));
        return whole();
    }

    /** Copies the tables of the ruleset aside. */
    void backUp() throws SQLException {
        execute("drop schema if exists backup cascade; create schema backup");
        for (String table : TABLES) {
            execute("create table backup." + table + " as table variate." + table);
        }
    }

    /** Restores the copies, as from a backup: without triggers. */
    void restore() throws SQLException {
        StringBuilder script = new StringBuilder("begin; set local session_replication_role = replica;");
        for (String table : TABLES) {
            script.append("delete from variate.").append(table).append(";");
            script.append("insert into variate." + table + " table backup." + table + ";");
        }
        execute(script.append("commit").toString());
    }

    static Row flag(String key, long position, String definition) {
        return new Row(new RowKey(RowKind.FLAG, "", key), position, definition);
    }

    static Row flag(String key, String definition) {
        return flag(key, 1, definition);
    }

    static RowSet rows(Row... rows) {
        return RowSet.of(List.of(rows));
    }

    static <T> T await(Future<T> future) throws TimeoutException {
        return future.await(30, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws SQLException, TimeoutException {
        await(store.close());
        await(vertx.close());
        connection.close();
    }
}
