package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.harness.Documents;
import io.variate.it.harness.JarNode;
import io.variate.it.harness.Neighbours;
import io.variate.it.harness.NodeSettings;
import io.variate.testing.Await;
import io.variate.testing.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node that starts while PostgreSQL is down takes its ruleset from the next best source. */
class ColdStartIT {
    private static final Duration SOON = Duration.ofSeconds(10);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static String database;

    @SuppressWarnings("NullAway.Init")
    private static NodeSettings settingsOfTwo;

    @SuppressWarnings("NullAway.Init")
    private static JarNode one;

    @SuppressWarnings("NullAway.Init")
    private static JarNode two;

    @BeforeAll
    static void serveARulesetAndStopPostgresql() {
        database = Neighbours.database();
        String cluster = Neighbours.unique("coldstart");
        List<Integer> ports = FreePorts.some(2);
        settingsOfTwo = settings("two").joining(cluster, ports.get(1), ports.get(0));
        one = JarNode.start(settings("one").joining(cluster, ports.get(0), ports.get(1)));
        one.awaitReady();
        one.putRuleset(Documents.colour("teal"));
        Neighbours.postgres().stop();
    }

    private static NodeSettings settings(String id) {
        return NodeSettings.of(directory, id).set("postgres.uri", database).set("admin.token", JarNode.TOKEN);
    }

    @AfterAll
    static void stop() {
        one.close();
        two.close();
        Neighbours.postgres().restart();
    }

    @Test
    void startsFromTheNextBestSource() throws IOException {
        startsFromAnotherNode();
        startsAloneFromItsDisk();
        picksUpChangesOncePostgresqlIsBack();
        isLiveButNotReadyUntilASourceIsAvailable();
        rejectsADamagedSnapshotAndStarts();
        startsQuicklyWhenAllDependenciesAreDown();
    }

    private static void startsFromAnotherNode() {
        two = JarNode.start(settingsOfTwo);

        System.out.printf("ready: from the cluster %d ms%n", two.awaitReady().toMillis());
        assertThat(two.origin()).isEqualTo("cluster");
        assertThat(answer(two)).isEqualTo(Documents.colourAnswer("teal"));
    }

    private static void startsAloneFromItsDisk() {
        one.kill();
        two.kill();
        two = JarNode.start(settingsOfTwo);

        System.out.printf("ready: from the disk %d ms%n", two.awaitReady().toMillis());
        assertThat(two.origin()).isEqualTo("snapshot");
        assertThat(answer(two)).isEqualTo(Documents.colourAnswer("teal"));
        assertThat(two.dependency("postgres")).isEqualTo("down");
    }

    private static void picksUpChangesOncePostgresqlIsBack() {
        Neighbours.postgres().restart();

        Await.value(
                "the node reports PostgreSQL as up", SOON, () -> two.dependency("postgres"), seen -> seen.equals("up"));
        two.putRuleset(Documents.colour("green"));
        assertThat(answer(two)).isEqualTo(Documents.colourAnswer("green"));
        assertThat(two.origin()).isEqualTo("postgres");
    }

    private static void isLiveButNotReadyUntilASourceIsAvailable() {
        Neighbours.postgres().stop();
        try (JarNode fresh = JarNode.start(settings("fresh"))) {
            assertThat(fresh.live().statusCode()).isEqualTo(200);
            assertThat(fresh.readiness().statusCode()).isEqualTo(503);
            assertThat(fresh.vardata(Documents.KEY, Map.of("user_id", "u")).statusCode())
                    .isEqualTo(503);

            Neighbours.postgres().restart();

            Await.value("the node is ready", SOON, () -> fresh.readiness().statusCode(), seen -> seen == 200);
            assertThat(answer(fresh)).isEqualTo(Documents.colourAnswer("green"));
        }
    }

    private static void rejectsADamagedSnapshotAndStarts() throws IOException {
        Path snapshot = settingsOfTwo.directory().resolve("data").resolve("ruleset.snapshot");
        byte[] bytes = Files.readAllBytes(snapshot);
        bytes[bytes.length / 2] ^= 1;
        NodeSettings settings = settings("damaged");
        Path copy = settings.directory().resolve("data").resolve("ruleset.snapshot");
        Files.createDirectories(copy.getParent());
        Files.write(copy, bytes);
        Neighbours.postgres().stop();

        try (JarNode node = JarNode.start(settings)) {
            node.process().awaitLine("cannot use the ruleset snapshot.*damaged", SOON);
            assertThat(node.live().statusCode()).isEqualTo(200);
            assertThat(node.readiness().statusCode()).isEqualTo(503);

            Neighbours.postgres().restart();

            Await.value("the node is ready", SOON, () -> node.readiness().statusCode(), seen -> seen == 200);
        }
    }

    private static void startsQuicklyWhenAllDependenciesAreDown() throws IOException {
        Neighbours.postgres().stop();
        for (String gone : List.of("refuses", "is silent")) {
            try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
                int port = gone.equals("refuses") ? 1 : silent.getLocalPort();
                NodeSettings settings = settings("alone-" + port)
                        .set("postgres.uri", "postgresql://nobody@127.0.0.1:" + port + "/none")
                        .set("kafka.bootstrap-servers", "127.0.0.1:" + port)
                        .joining(Neighbours.unique("alone"), FreePorts.one(), 1);
                Path copy = settings.directory().resolve("data").resolve("ruleset.snapshot");
                Files.createDirectories(copy.getParent());
                Files.copy(settingsOfTwo.directory().resolve("data").resolve("ruleset.snapshot"), copy);

                try (JarNode node = JarNode.start(settings)) {
                    Duration took = node.awaitReady();
                    System.out.printf("ready: alone, what else there is %s, %d ms%n", gone, took.toMillis());
                    assertThat(answer(node)).isEqualTo(Documents.colourAnswer("green"));
                    assertThat(took).isLessThan(Duration.ofSeconds(20));
                    assertThat(node.put(Documents.colour("no")).statusCode()).isEqualTo(503);
                }
            }
        }
        Neighbours.postgres().restart();
    }

    private static String answer(JarNode node) {
        return node.vardata(Documents.KEY, Map.of("user_id", "u")).body();
    }
}
