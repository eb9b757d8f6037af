package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.harness.Documents;
import io.variate.it.harness.JarNode;
import io.variate.it.harness.Neighbours;
import io.variate.it.harness.NodeSettings;
import io.variate.it.harness.SteadyLoad;
import io.variate.testing.Await;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Users notice nothing of an outage behind the node. */
class OutageIT {
    private static final Duration SOON = Duration.ofSeconds(30);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static JarNode node;

    private static final String TOPIC = Neighbours.unique("outage");

    @BeforeAll
    static void start() {
        node = JarNode.start(NodeSettings.of(directory, "node")
                .set("postgres.uri", Neighbours.database())
                .set("kafka.bootstrap-servers", Neighbours.kafka().bootstrapServers())
                .set("kafka.topic", TOPIC)
                .set("admin.token", JarNode.TOKEN));
        System.out.printf("ready: single node %d ms%n", node.awaitReady().toMillis());
        node.putRuleset(Documents.colour("teal"));
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @Test
    void answersEveryRequestDuringAPostgresqlOutage() {
        try (SteadyLoad load = SteadyLoad.start(node, Documents.colourAnswer("teal"))) {
            load.awaitMore(100);
            Neighbours.postgres().stop();
            try {
                Await.value(
                        "the outage is reported", SOON, () -> node.dependency("postgres"), seen -> seen.equals("down"));
                assertThat(node.readiness().statusCode()).isEqualTo(200);
                HttpResponse<String> refused = node.put(Documents.colour("green"));
                assertThat(refused.statusCode()).isEqualTo(503);
                JsonObject error = new JsonObject(refused.body()).getJsonObject("error");
                assertThat(error.getString("code")).isEqualTo("database_unavailable");
                assertThat(error.getString("message")).contains("PostgreSQL");
                load.awaitMore(300);
            } finally {
                Neighbours.postgres().restart();
            }
            Await.value("the return is reported", SOON, () -> node.dependency("postgres"), seen -> seen.equals("up"));
            load.awaitMore(100);
            load.stop();

            assertThat(load.failures()).isEmpty();
        }
    }

    @Test
    void deliversEveryEventAfterAKafkaOutage() {
        try (SteadyLoad load = SteadyLoad.start(node, Documents.colourAnswer("teal"))) {
            load.awaitMore(100);
            Await.value("events flow", SOON, () -> node.dependency("kafka"), seen -> seen.equals("up"));
            Neighbours.kafka().stop();
            Set<String> answered;
            try {
                Await.value(
                        "the outage is reported", SOON, () -> node.dependency("kafka"), seen -> seen.equals("down"));
                assertThat(node.readiness().statusCode()).isEqualTo(200);
                load.awaitMore(300);
            } finally {
                Neighbours.kafka().restart();
            }
            load.awaitMore(100);
            answered = load.stop();

            assertThat(load.failures()).isEmpty();
            Duration took = Await.until(
                    "all events are delivered",
                    Duration.ofSeconds(40),
                    () -> node.metric("variate_assignments_spooled", "") == 0);
            System.out.printf("kafka: %d events there %d ms after the load%n", answered.size(), took.toMillis());
            assertThat(Neighbours.keys(TOPIC)).containsAll(answered);
            assertThat(node.dependency("kafka")).isEqualTo("up");
            assertThat(node.metric("variate_assignments_lost", "")).isZero();
        }
    }
}
