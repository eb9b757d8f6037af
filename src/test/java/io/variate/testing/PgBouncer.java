package io.variate.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.variate.dev.ServerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A PgBouncer process in front of a local PostgreSQL. It uses its server connections round-robin, so that two statements of
 * a client rarely use the same one.
 */
public final class PgBouncer implements AutoCloseable {
    private static final String USER = "nobody";

    private final Path directory;
    private final int port = FreePorts.one();
    private ServerProcess process;

    private PgBouncer(Path directory, int postgresPort, String poolMode, String[] options) {
        this.directory = directory;
        try {
            Files.createDirectories(directory);
            Files.writeString(directory.resolve("users.txt"), "\"postgres\" \"\"\n");
            List<String> lines = new ArrayList<>(List.of(
                    "[databases]",
                    "* = host=127.0.0.1 port=" + postgresPort,
                    "[pgbouncer]",
                    "listen_addr = 127.0.0.1",
                    "listen_port = " + port,
                    "unix_socket_dir =",
                    "auth_type = trust",
                    "auth_file = " + directory.resolve("users.txt"),
                    "pool_mode = " + poolMode,
                    "server_round_robin = 1",
                    "server_login_retry = 1",
                    "min_pool_size = 3"));
            lines.addAll(List.of(options));
            Files.write(directory.resolve("pgbouncer.ini"), lines);
            // PgBouncer does not run as root, so its user needs access to its files.
            for (Path each = directory; each != null && isPrivate(each); each = each.getParent()) {
                Files.setPosixFilePermissions(each, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        process = launch();
    }

    private static boolean isPrivate(Path directory) throws IOException {
        return "root".equals(Files.getOwner(directory).getName())
                && !Files.getPosixFilePermissions(directory).containsAll(PosixFilePermissions.fromString("r-xr-xr-x"));
    }

    /**
     * Starts PgBouncer. If it is not installed, skips the test, or fails it if the environment has {@code CI=true}.
     *
     * @param poolMode session, transaction or statement
     * @param options additional lines of its configuration
     */
    public static PgBouncer start(Path directory, int postgresPort, String poolMode, String... options) {
        boolean installed = MountedDisk.run(program(), "--version");
        if ("true".equals(System.getenv("CI"))) {
            assertThat(installed).as("PgBouncer is installed").isTrue();
        }
        assumeTrue(installed, "PgBouncer is not installed");
        return new PgBouncer(directory.toAbsolutePath(), postgresPort, poolMode, options);
    }

    /** The URI of a database through PgBouncer. */
    public String uri(String database) {
        return "postgresql://postgres@127.0.0.1:" + port + "/" + database;
    }

    /** Converts the URI of a direct connection to one through PgBouncer. */
    public String through(String uri) {
        return uri.replaceFirst("@[^/]*/", "@127.0.0.1:" + port + "/");
    }

    /** Kills PgBouncer and all its connections. */
    public void kill() {
        process.sendSignal("KILL");
        Await.until("PgBouncer has ended", () -> !process.isAlive());
        process.close();
    }

    /** Starts PgBouncer again on the same port after {@link #kill}. */
    public void restart() {
        process = launch();
    }

    private ServerProcess launch() {
        List<String> command = new ArrayList<>(List.of(program()));
        if ("root".equals(System.getProperty("user.name"))) {
            command.addAll(List.of("-u", USER));
        }
        command.add(directory.resolve("pgbouncer.ini").toString());
        ServerProcess launched = ServerProcess.start(command, Map.of(), directory.resolve("output"));
        Await.until("PgBouncer accepts connections", () -> {
            assertThat(launched.isAlive())
                    .as(() -> String.join("\n", launched.output()))
                    .isTrue();
            return accepts();
        });
        return launched;
    }

    private boolean accepts() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    /** Debian installs it outside the path of ordinary users. */
    private static String program() {
        return Stream.of("/usr/sbin/pgbouncer", "/usr/local/bin/pgbouncer")
                .filter(each -> Files.isExecutable(Path.of(each)))
                .findFirst()
                .orElse("pgbouncer");
    }

    @Override
    public void close() {
        process.close();
    }
}
