package io.variate.dev;

import ch.qos.logback.classic.Level;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL server in a separate process, on the loopback interface, over TCP only.
 *
 * <p>The server survives the JVM, so it must be closed, in a shutdown hook if a signal may end the JVM. If the JVM is killed,
 * the next start with the same directory stops the leftover server and continues with its data. A server that has already
 * stopped can still be closed.
 *
 * <p>The binaries are unpacked once per user into {@code ~/.cache/variate/postgresql}, or into the directory of the system
 * property {@code ot.epg.working-dir}. For root, the server runs in a user namespace, because PostgreSQL does not run as
 * root. Where user namespaces are forbidden, as in Docker by default, only an ordinary user can run it.
 *
 * <p>Thread-safe; starting and stopping exclude each other.
 */
public final class EmbeddedPostgresql implements AutoCloseable {

    private static final String UNPACK_DIRECTORY = "ot.epg.working-dir";

    private final Path home;
    private final boolean kept;
    private final int port;
    private final DirectoryLock lock;
    private @Nullable EmbeddedPostgres server;
    private boolean closed;

    private EmbeddedPostgresql(Path home, boolean kept, int port, DirectoryLock lock) {
        this.home = home;
        this.kept = kept;
        this.port = port;
        this.lock = lock;
    }

    /**
     * Starts a server and returns when it responds to queries.
     *
     * @param dataDir directory of its data and its log; null for a temporary directory without durability, which
     *     {@link #close()} deletes
     * @param port the port to listen on; 0 for a free one, which stays the same after restarts
     * @throws IllegalStateException if another process uses the directory, or if the server cannot start; the message
     *     contains the end of the server's log
     */
    public static EmbeddedPostgresql start(@Nullable Path dataDir, int port) {
        QuietLoggers.quieten(Level.OFF, "io.zonky.test");
        try {
            chooseUnpackDirectory();
            Path home = dataDir == null ? Files.createTempDirectory("postgresql-") : Files.createDirectories(dataDir);
            home = home.toRealPath();
            DirectoryLock lock = DirectoryLock.take(home);
            EmbeddedPostgresql postgresql = new EmbeddedPostgresql(home, dataDir != null, FreePort.orPick(port), lock);
            try {
                postgresql.boot();
            } catch (RuntimeException e) {
                postgresql.close();
                throw e;
            }
            return postgresql;
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot prepare a directory for PostgreSQL", e);
        }
    }

    /** The URI of the database for the superuser, which needs no password. */
    public String uri() {
        return "postgresql://postgres@127.0.0.1:" + port + "/postgres";
    }

    /** The port of the server. */
    public int port() {
        return port;
    }

    /**
     * Creates a role with password authentication (SCRAM-SHA-256), and a database of the same name that it owns. Restarts the
     * server.
     *
     * @param name lower-case letters, digits and underscores
     * @return the URI of that database with user and password
     */
    public synchronized String createRole(String name, String password) {
        if (server == null || !name.matches("[a-z_][a-z0-9_]*")) {
            throw new IllegalStateException("Server stopped, or not a plain name for a role: " + name);
        }
        try (Connection connection = server.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE ROLE " + name + " LOGIN PASSWORD '" + password.replace("'", "''") + "'");
            statement.execute("CREATE DATABASE " + name + " OWNER " + name);
            Path rules = data().resolve("pg_hba.conf");
            // The first matching rule applies, so this one precedes the rule that trusts all users.
            String demand = "host all " + name + " 127.0.0.1/32 scram-sha-256\n";
            Files.writeString(rules, demand + Files.readString(rules));
        } catch (SQLException e) {
            throw new IllegalStateException("Cannot create role " + name, e);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot require a password of " + name, e);
        }
        restart();
        String encoded = URLEncoder.encode(password, StandardCharsets.UTF_8).replace("+", "%20");
        return "postgresql://" + name + ":" + encoded + "@127.0.0.1:" + port + "/" + name;
    }

    /** Stops the server and closes all connections until {@link #restart()}. Does nothing if it is stopped. */
    public synchronized void stop() {
        EmbeddedPostgres stopping = server;
        if (stopping == null) {
            return;
        }
        server = null;
        try {
            stopping.close();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot stop PostgreSQL on " + home, e);
        } finally {
            // Times out after five seconds, but writing a persistent database may take longer.
            LeftoverPostmaster.stop(data());
        }
    }

    /** Kills the server and all its processes, like a loss of power. {@link #restart()} starts it again with its data. */
    public synchronized void kill() {
        LeftoverPostmaster.kill(data());
    }

    /** Starts the server again with the same data and port; stops it first if it runs. */
    public synchronized void restart() {
        stop();
        boot();
    }

    /**
     * Also stops the server after this JVM ends without {@link #close()}, as a halt does. A process of its own waits for
     * that, and ends with the server. Returns this server.
     */
    EmbeddedPostgresql stopWithThisJvm() {
        String script =
                "trap '' INT TERM HUP; p=$(head -n 1 \"$2\"); while kill -0 $1 && kill -0 $p; do sleep 0.2; done;"
                        + " kill -INT $p && while kill -0 $p; do sleep 0.1; done";
        ProcessBuilder guard = new ProcessBuilder(
                        "sh",
                        "-c",
                        script,
                        "stop-postgresql",
                        Long.toString(ProcessHandle.current().pid()),
                        data().resolve("postmaster.pid").toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD);
        try {
            guard.start();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot watch this process for PostgreSQL", e);
        }
        return this;
    }

    /** Stops the server permanently; deletes temporary data. Idempotent. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            stop();
        } finally {
            lock.close();
            if (!kept) {
                FileTree.delete(home);
            }
        }
    }

    private static synchronized void chooseUnpackDirectory() throws IOException {
        if (System.getProperty(UNPACK_DIRECTORY) == null) {
            // Not in /tmp, where the first user of the machine would own it. Private, because the library makes the
            // unpacked files accessible to all users.
            Path cache = Path.of(System.getProperty("user.home"), ".cache", "variate");
            Files.createDirectories(
                    cache, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            System.setProperty(UNPACK_DIRECTORY, cache.resolve("postgresql").toString());
        }
    }

    private Path data() {
        return home.resolve("data");
    }

    private synchronized void boot() {
        if (closed) {
            throw new IllegalStateException("Closed");
        }
        try {
            LeftoverPostmaster.awaitTools(data());
            LeftoverPostmaster.stop(data());
            Path unfinished = home.resolve("unfinished");
            if (Files.exists(unfinished)) {
                // The JVM died while it created the database. PostgreSQL accepts neither an incomplete database nor a
                // directory that is not empty.
                FileTree.delete(data());
            }
            if (Files.notExists(data())) {
                Files.writeString(unfinished, "");
            }
            FreePort.require(port);
            server = builder().start();
            if (!LeftoverPostmaster.exists(data())) {
                throw new IllegalStateException("Another server responds on port " + port);
            }
            Files.deleteIfExists(unfinished);
        } catch (IOException | RuntimeException e) {
            LeftoverPostmaster.stop(data());
            throw new IllegalStateException(
                    "PostgreSQL did not start on port " + port + " over " + home + ", its log ends:\n" + endOfLog(), e);
        }
    }

    private EmbeddedPostgres.Builder builder() {
        return EmbeddedPostgres.builder()
                .setDataDirectory(data())
                .setCleanDataDirectory(false)
                .setRegisterShutdownHook(false)
                .setPort(port)
                .setPGStartupWait(Duration.ofSeconds(30))
                // A file instead of a pipe: the server must be able to write after this JVM has ended.
                .setErrorRedirector(ProcessBuilder.Redirect.appendTo(log().toFile()))
                .setOutputRedirector(ProcessBuilder.Redirect.appendTo(log().toFile()))
                // Independent of LANG: with a locale that is not installed, the start would fail.
                .setLocaleConfig("locale", "C")
                .setLocaleConfig("locale-provider", "builtin")
                .setLocaleConfig("builtin-locale", "C.UTF-8")
                .setServerConfig("listen_addresses", "127.0.0.1")
                .setServerConfig("unix_socket_directories", "")
                .setServerConfig("max_connections", "100")
                .setServerConfig("fsync", kept ? "on" : "off")
                .setServerConfig("full_page_writes", kept ? "on" : "off")
                .setServerConfig("synchronous_commit", kept ? "on" : "off");
    }

    private Path log() {
        return home.resolve("postgresql.log");
    }

    private String endOfLog() {
        try {
            List<String> lines = Files.readAllLines(log());
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
        } catch (IOException e) {
            return "(unreadable: " + e + ")";
        }
    }
}
