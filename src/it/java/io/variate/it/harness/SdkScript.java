package io.variate.it.harness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.variate.dev.ServerProcess;
import io.variate.testing.Await;
import io.variate.testing.MountedDisk;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A script of {@code src/it/sdk}, run by Node.js: it does something with an SDK, and prints lines of JSON.
 *
 * <p>The SDKs are installed from npm once for each lock file, beside the jar. Where that cannot be done a test is skipped,
 * unless the environment says {@code CI=true}: there it fails.
 */
public final class SdkScript implements AutoCloseable {
    private static final Path SOURCES = Path.of("src", "it", "sdk");
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    private final ServerProcess process;
    private int read;

    private SdkScript(ServerProcess process) {
        this.process = process;
    }

    /** Starts a script, and returns at once. */
    public static SdkScript start(String name, JsonObject argument) {
        Path directory = directory();
        List<String> command = List.of("node", directory.resolve(name).toString(), argument.encode());
        return new SdkScript(ServerProcess.start(command, Map.of(), directory.resolve("output")));
    }

    /** Runs a script to its end, and returns its lines. */
    public static List<JsonObject> run(String name, JsonObject argument) {
        SdkScript script = start(name, argument);
        try {
            assertThat(script.process.exitCode(PATIENCE))
                    .as(() -> String.join("\n", script.process.output()))
                    .isZero();
        } finally {
            // Waits for the last of its output.
            script.process.close();
        }
        return script.lines();
    }

    /** Skips the test, or fails it on CI, where Chromium is missing; otherwise the name of its program. */
    public static String chromium() {
        String found = Stream.of("chromium", "chromium-browser", "google-chrome")
                .filter(program -> MountedDisk.run(program, "--version"))
                .findFirst()
                .orElse("");
        require(!found.isEmpty(), "Chromium is not installed");
        return found;
    }

    /** The next line, waiting for it if it is yet to come. */
    public JsonObject next() {
        return next(PATIENCE);
    }

    /** The next line, waiting for it at most so long if it is yet to come. */
    public JsonObject next(Duration atMost) {
        Await.until("a line or the end", atMost, () -> lines().size() > read || !process.isAlive());
        assertThat(lines()).as(() -> String.join("\n", process.output())).hasSizeGreaterThan(read);
        return lines().get(read++);
    }

    /** The next line that has a field, leaving out those before it. */
    public JsonObject next(String field) {
        JsonObject line = next();
        while (!line.containsKey(field)) {
            line = next();
        }
        return line;
    }

    /** Gives a script a line of standard input. */
    public void send(String command) {
        process.send(command);
    }

    /** Lets the script finish what it does, and ends it. */
    @Override
    public void close() {
        try {
            process.endInput();
            process.exitCode(Duration.ofSeconds(10));
        } finally {
            process.close();
        }
    }

    private List<JsonObject> lines() {
        return process.output().stream()
                .filter(line -> line.startsWith("{"))
                .map(JsonObject::new)
                .toList();
    }

    private static void require(boolean met, String otherwise) {
        if ("true".equals(System.getenv("CI"))) {
            assertThat(met).as(otherwise).isTrue();
        }
        assumeTrue(met, otherwise);
    }

    /** The directory with the scripts, beside the packages that they import. */
    private static synchronized Path directory() {
        require(MountedDisk.run("node", "--version"), "Node.js is not installed");
        try {
            Path directory = Path.of(Objects.requireNonNull(System.getProperty("variate.jar")))
                    .toAbsolutePath()
                    .resolveSibling("sdk-" + hash(SOURCES.resolve("package-lock.json")));
            Files.createDirectories(directory);
            // Tests run in several JVMs, and one installation would remove what another has installed.
            try (FileChannel lock =
                    FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                // Closing the file ends it.
                lock.lock();
                Path installed = directory.resolve("installed");
                copySources(directory);
                if (!Files.exists(installed)) {
                    require(install(directory), "packages of npm cannot be installed: see npm.log in " + directory);
                    Files.createFile(installed);
                }
            }
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void copySources(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(SOURCES)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, directory.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private static boolean install(Path directory) throws IOException {
        Process npm;
        try {
            npm = new ProcessBuilder("npm", "ci", "--prefer-offline")
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("npm.log").toFile())
                    .start();
        } catch (IOException e) {
            Files.writeString(directory.resolve("npm.log"), e.toString());
            return false;
        }
        try {
            return npm.waitFor(5, TimeUnit.MINUTES) && npm.exitValue() == 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            npm.destroyForcibly();
        }
    }

    private static String hash(Path file) throws IOException {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
            return new BigInteger(1, digest).toString(36).substring(0, 12);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
