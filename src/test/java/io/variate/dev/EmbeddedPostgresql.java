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
 * A real PostgreSQL server, a process of its own reachable from this machine only, over TCP only.
 *
 * <p>The server does not die with the JVM: whoever starts one must close it, from a shutdown hook where the JVM may be
 * ended by a signal. If the JVM had no time for that, the next start over the same directory stops the server left
 * behind and goes on with its data. A server that was stopped by somebody else is closed like any other.
 *
 * <p>Programs of the server are unpacked once per user into {@code ~/.cache/variate/postgresql}, or where the system
 * property {@code ot.epg.working-dir} says. As root the server runs in a user namespace, since PostgreSQL refuses root;
 * where the kernel forbids those (as Docker does by default), only an ordinary user can run it.
 *
 * <p>Safe for use by several threads; starting and stopping exclude each other.
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
     * Starts a server and returns when it answers queries.
     *
     * @param dataDir where its data is kept and its log written; null for a temporary directory, deleted on
     *     {@link #close()}, with durability traded for speed
     * @param port the port to listen on, 0 for a free one, which the server then keeps through restarts
     * @throws IllegalStateException when another process uses the directory, or the server cannot start; the message
     *     holds the end of the server's log
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

    /** The address of the database for the superuser, who needs no password. */
    public String uri() {
        return "postgresql://postgres@127.0.0.1:" + port + "/postgres";
    }

    /** The port the server listens on when it runs. */
    public int port() {
        return port;
    }

    /**
     * Creates a role that must give a password (SCRAM-SHA-256) and owns a database of its own name. Restarts the server.
     *
     * @param name lower-case letters, digits and underscores
     * @return the address of that database with name and password
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
            // The first rule that fits decides, so this one goes before the trust that all others enjoy.
            String demand = "host all " + name + " 127.0.0.1/32 scram-sha-256\n";
            Files.writeString(rules, demand + Files.readString(rules));
        } catch (SQLException e) {
            throw new IllegalStateException("Cannot create role " + name, e);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot demand a password from " + name, e);
        }
        restart();
        String encoded = URLEncoder.encode(password, StandardCharsets.UTF_8).replace("+", "%20");
        return "postgresql://" + name + ":" + encoded + "@127.0.0.1:" + port + "/" + name;
    }

    /** Stops serving and cuts all connections until {@link #restart()}. Does nothing when stopped already. */
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
            // Gives up after five seconds, and a kept database may have more than that to write.
            LeftoverPostmaster.stop(data());
        }
    }

    /** Serves again, with the same data on the same port; stops first if need be. */
    public synchronized void restart() {
        stop();
        boot();
    }

    /** Stops serving for good; temporary data is deleted. Does nothing the second time. */
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
            // Not in /tmp, where it would belong to the user of the machine who came first; and closed to the others,
            // since the library opens what it unpacks to everybody.
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
                // The JVM died while the database was being created: PostgreSQL accepts neither half of one nor a
                // directory that is not empty.
                FileTree.delete(data());
            }
            if (Files.notExists(data())) {
                Files.writeString(unfinished, "");
            }
            FreePort.require(port);
            server = builder().start();
            if (!LeftoverPostmaster.exists(data())) {
                throw new IllegalStateException("Somebody else answers on port " + port);
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
                // A file, not a pipe: the server must be able to write after this JVM has died.
                .setErrorRedirector(ProcessBuilder.Redirect.appendTo(log().toFile()))
                .setOutputRedirector(ProcessBuilder.Redirect.appendTo(log().toFile()))
                // Whatever LANG says: a locale that is not installed would end the start.
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
