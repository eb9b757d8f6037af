package io.variate.files;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.dev.EmbeddedPostgresql;
import io.variate.testing.Await;
import io.variate.testing.MountedDisk;
import io.variate.testing.RawConnection;
import io.variate.testing.RunningNode;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** File permissions of the data directory of a node. */
@Timeout(120)
@Tag("slow")
class DataDirectoryTest {
    private static final String RULESET = """
            {"deployments": [{"key": "server", "label": "shop", "type": "server", "flags": ["*"]}], "flags": []}""";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void allFilesArePrivateEvenWhileTheyAreWritten() throws IOException {
        Path parent = directory.resolve("parent");
        Path data = parent.resolve("data");
        try (EmbeddedPostgresql postgresql = EmbeddedPostgresql.start(null, 0);
                RunningNode node = RunningNode.start(Map.of(
                        "VARIATE_POSTGRES_URI",
                        postgresql.uri(),
                        "VARIATE_NODE_DATA_DIR",
                        data.toString(),
                        "VARIATE_RULESETS_CHECK_INTERVAL",
                        "50ms"))) {
            node.put(RULESET);
            Await.value(
                    "the node serves the ruleset",
                    () -> node.get("/v1/vardata?user_id=u", "Authorization", "Api-Key server")
                            .statusCode(),
                    seen -> seen == 200);
            node.admin("PUT", "/api/1/cohorts/done", "[\"alice\"]");
            try (RawConnection upload = RawConnection.to(node.adminPort())) {
                upload.send("PUT /api/1/cohorts/open HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                        + RunningNode.TOKEN + "\r\nContent-Length: 1000\r\n\r\n[\"bob\",");
                Await.until(
                        "a file is being written", () -> names(data).stream().anyMatch(name -> name.endsWith(".new")));
                Await.value(
                        "the ruleset snapshot is written",
                        () -> names(data),
                        seen -> seen.contains("ruleset.snapshot"));

                assertThat(names(data))
                        .contains("lock", "checkpoint", "counters")
                        .anyMatch(name -> name.endsWith(".spool"))
                        .anyMatch(name -> name.endsWith(".json"))
                        .anyMatch(name -> name.endsWith(".json.gz"));
                assertThat(modes(parent)).allSatisfy(DataDirectoryTest::isPrivate);
            }
        }
    }

    @Test
    void restrictsFilesThatAnEarlierVersionLeftReadable() throws IOException {
        Path data = directory.resolve("data");
        Files.createDirectories(data.resolve("cohorts"));
        Files.createDirectories(data.resolve("assignments"));
        for (String file : new String[] {
            "ruleset.snapshot.new", "cohorts/left.new", "assignments/00000000000000000001.spool.unreadable"
        }) {
            Files.writeString(data.resolve(file), "secret");
            setMode(data.resolve(file), "rw-rw-rw-");
        }
        setMode(data.resolve("cohorts"), "rwxrwxrwx");
        setMode(data, "rwxr-xr-x");

        try (RunningNode node = RunningNode.serving(RULESET, Map.of("VARIATE_NODE_DATA_DIR", data.toString()))) {
            assertThat(node.httpPort()).isPositive();
            assertThat(modes(data)).hasSizeGreaterThan(5).allSatisfy(DataDirectoryTest::isPrivate);
        }
    }

    @Test
    void keepsAndReportsTheModeOfForeignEntries() throws IOException {
        Path foreign = Files.writeString(directory.resolve("notes.txt"), "foreign");
        setMode(foreign, "rw-r--r--");
        setMode(directory, "rwxr-xr-x");
        Files.writeString(directory.resolve("ruleset.snapshot"), "secret");

        assertThat(DataDirectory.secure(directory)).singleElement().asString().contains("other users can list it");

        assertThat(mode(foreign)).isEqualTo("rw-r--r--");
        assertThat(mode(directory)).isEqualTo("rwxr-xr-x");
        assertThat(mode(directory.resolve("ruleset.snapshot"))).isEqualTo("rw-------");
    }

    @Test
    void doesNotFollowLinksToForeignFiles() throws IOException {
        Path outside = Files.writeString(directory.resolve("outside"), "foreign");
        setMode(outside, "rw-r--r--");
        Path data = directory.resolve("data");
        Files.createDirectories(data.resolve("cohorts"));
        Files.createSymbolicLink(data.resolve("cohorts/link"), outside);

        assertThat(DataDirectory.secure(data)).isEmpty();

        assertThat(mode(outside)).isEqualTo("rw-r--r--");
    }

    @ParameterizedTest
    @CsvSource({"r--r--r--, r--------", "rw-r-----, rw-------", "rw-------, rw-------"})
    void removesPermissionsAndNeverAddsAny(String before, String after) throws IOException {
        Path file = Files.writeString(directory.resolve("ruleset.snapshot"), "secret");
        setMode(file, before);

        DataDirectory.secure(directory);

        assertThat(mode(file)).isEqualTo(after);
    }

    @Test
    void reportsModesThatCannotBeChanged() throws IOException {
        Files.createDirectories(directory.resolve("disk"));
        try (MountedDisk disk = MountedDisk.over(directory.resolve("disk"), "size=1m,mode=0755")) {
            Files.createDirectory(disk.directory().resolve("cohorts"));
            Files.writeString(disk.directory().resolve("cohorts/a.json"), "secret");
            setMode(disk.directory().resolve("cohorts/a.json"), "rw-r--r--");
            assertThat(MountedDisk.run(
                            "mount", "-o", "remount,ro", disk.directory().toString()))
                    .isTrue();

            assertThat(DataDirectory.secure(disk.directory()))
                    .anyMatch(problem -> problem.contains("a.json") && problem.contains("Read-only"));
        }
    }

    @Test
    void writesToAFileSystemWithoutPosixPermissions() throws IOException {
        try (FileSystem zip = FileSystems.newFileSystem(directory.resolve("disk.zip"), Map.of("create", "true"))) {
            Path data = zip.getPath("/data");
            PrivateFiles.createDirectories(data.resolve("cohorts"));
            PrivateFiles.create(data.resolve("cohorts/new"));
            try (OutputStream out = PrivateFiles.replace(data.resolve("cohorts/new"))) {
                out.write('x');
            }

            assertThat(Files.size(data.resolve("cohorts/new"))).isOne();
            assertThat(DataDirectory.secure(data)).isEmpty();
        }
    }

    private static void isPrivate(String path, String mode) {
        assertThat(mode).as(path).isIn("rw-------", "rwx------");
    }

    /** The modes of a directory and everything in it. */
    private static Map<String, String> modes(Path root) throws IOException {
        Map<String, String> modes = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : paths.toList()) {
                modes.put(path.toString(), mode(path));
            }
        }
        return modes;
    }

    private static List<String> names(Path root) {
        try (Stream<Path> paths = Files.walk(root)) {
            return paths.map(path -> path.getFileName().toString()).toList();
        } catch (IOException | UncheckedIOException e) {
            return List.of();
        }
    }

    private static void setMode(Path path, String mode) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
