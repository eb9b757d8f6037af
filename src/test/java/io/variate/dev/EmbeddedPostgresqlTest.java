package io.variate.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.pgclient.PgBuilder;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

@ExtendWith(VertxExtension.class)
@Tag("slow")
@Execution(ExecutionMode.CONCURRENT)
class EmbeddedPostgresqlTest {

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void keepsDataAndPortThroughAnOutage(Vertx vertx) throws Exception {
        try (EmbeddedPostgresql postgresql = EmbeddedPostgresql.start(null, 0)) {
            String uri = postgresql.uri();
            query(vertx, uri, "CREATE TABLE kept AS SELECT 'before' AS word");

            postgresql.stop();
            assertThatThrownBy(() -> query(vertx, uri, "SELECT 1")).hasMessageContaining("Connection refused");

            postgresql.restart();
            assertThat(postgresql.uri()).isEqualTo(uri);
            assertThat(query(vertx, uri, "SELECT word FROM kept")).isEqualTo("before");
        }
    }

    @Test
    void stopsTheLeftoverServerOfAKilledJvm(Vertx vertx) throws Exception {
        Path data = directory.resolve("postgresql");
        String left;
        try (ServerProcess victim = ServerProcess.start(
                List.of("-Xmx256m"), Server.class.getName(), List.of(data.toString()), Map.of(), directory)) {
            left = victim.awaitLine("^ready ", Duration.ofSeconds(60)).substring("ready ".length());
            query(vertx, left, "CREATE TABLE kept AS SELECT 'before' AS word");

            assertThatThrownBy(() -> EmbeddedPostgresql.start(data, 0))
                    .as("the directory is locked while the JVM runs")
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("Another process");

            victim.sendSignal("KILL");
            victim.exitCode(Duration.ofSeconds(10));
            assertThat(query(vertx, left, "SELECT word FROM kept")).isEqualTo("before");
        }

        try (EmbeddedPostgresql postgresql = EmbeddedPostgresql.start(data, 0)) {
            assertThat(query(vertx, postgresql.uri(), "SELECT word FROM kept")).isEqualTo("before");
            assertThat(query(vertx, postgresql.uri(), "SHOW fsync")).isEqualTo("on");
            assertThatThrownBy(() -> query(vertx, left, "SELECT 1")).hasMessageContaining("Connection refused");
        }
    }

    @Test
    void recreatesADatabaseWhoseCreationWasInterrupted(Vertx vertx) throws Exception {
        Files.createDirectories(directory.resolve("data"));
        Files.writeString(directory.resolve("data/PG_VERSION"), "18\n");
        Files.writeString(directory.resolve("unfinished"), "");

        try (EmbeddedPostgresql postgresql = EmbeddedPostgresql.start(directory, 0)) {
            assertThat(query(vertx, postgresql.uri(), "SELECT 'well'")).isEqualTo("well");
        }
    }

    @Test
    void doesNotStopAnotherProcessWithThePidOfAPostmaster(Vertx vertx) throws Exception {
        EmbeddedPostgresql.start(directory, 0).close();
        Files.writeString(
                directory.resolve("data/postmaster.pid"),
                ProcessHandle.current().pid() + "\n" + directory.resolve("data") + "\n");

        try (EmbeddedPostgresql postgresql = EmbeddedPostgresql.start(directory, 0)) {
            assertThat(query(vertx, postgresql.uri(), "SELECT 'alive'")).isEqualTo("alive");
        }
    }

    @Test
    void requiresThePasswordOfARole(Vertx vertx) throws Exception {
        try (EmbeddedPostgresql postgresql = EmbeddedPostgresql.start(null, 0)) {
            String uri = postgresql.createRole("variate", "s3cret /@'");

            assertThat(query(vertx, uri, "SELECT current_user::text")).isEqualTo("variate");
            assertThatThrownBy(() -> query(vertx, uri.replace("s3cret", "wrong"), "SELECT 1"))
                    .hasMessageContaining("password authentication failed");
            String jdbc = "jdbc:postgresql://127.0.0.1:" + postgresql.port() + "/variate";
            try (var connection = DriverManager.getConnection(jdbc, "variate", "s3cret /@'")) {
                assertThat(connection.isValid(5)).isTrue();
            }
            assertThatThrownBy(() -> DriverManager.getConnection(jdbc, "variate", "wrong"))
                    .isInstanceOf(SQLException.class);
        }
    }

    @Test
    void closesAServerThatHasAlreadyStopped() throws Exception {
        EmbeddedPostgresql postgresql = EmbeddedPostgresql.start(directory, 0);
        LeftoverPostmaster.stop(directory.toRealPath().resolve("data"));

        postgresql.close();

        assertThat(LeftoverPostmaster.exists(directory.toRealPath().resolve("data")))
                .isFalse();
    }

    private static String query(Vertx vertx, String uri, String sql) throws Exception {
        Pool pool = PgBuilder.pool().connectingTo(uri).using(vertx).build();
        try {
            return pool.query(sql)
                    .execute()
                    .map(rows -> {
                        for (Row row : rows) {
                            return row.getString(0);
                        }
                        return "";
                    })
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(20, TimeUnit.SECONDS);
        } finally {
            pool.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        }
    }

    /** Runs a server until the test kills its JVM. */
    static final class Server {

        private Server() {}

        public static void main(String[] arguments) throws InterruptedException {
            System.out.println("ready "
                    + EmbeddedPostgresql.start(Path.of(arguments[0]), 0).uri());
            Thread.currentThread().join();
        }
    }
}
