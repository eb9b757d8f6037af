package io.variate.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.rulesets.RulesetSynchronizer;
import io.variate.testing.Await;
import io.variate.testing.LogLines;
import io.variate.testing.RunningNode;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reports of misconfigured dependencies in health, metrics and log. */
class DependencyReasonsTest {
    private static final String SECRET = "hu5h-hu5h";

    @TempDir
    Path directory;

    @Test
    void reportsPositionAndReasonOfAnInvalidRulesetFileAndKeepsTheOldRuleset() {
        try (RunningNode node = RunningNode.serving("{\"revision\":3}", Map.of());
                LogLines lines = new LogLines(RulesetSynchronizer.class)) {
            node.rewrite("{\"revision\":4,\n\"flags\":[}");
            Await.value(
                    "the ruleset file is down",
                    () -> dependency(node, "file").getString("status"),
                    seen -> seen.equals("down"));

            assertThat(dependency(node, "file").getString("reason")).contains("$.flags[0]: ", "line 2, column 10");
            assertThat(health(node).getJsonObject("ruleset").getLong("revision"))
                    .isEqualTo(3);
            assertThat(node.admin("GET", "/metrics", "").body()).contains("variate_ruleset_source_down 1.0");

            node.rewrite("\ufeff{\"revision\":5}");
            Await.value(
                    "the node serves revision 5",
                    () -> health(node).getJsonObject("ruleset").getLong("revision"),
                    seen -> seen.equals(5L));
            Await.value(
                    "the ruleset file is up",
                    () -> dependency(node, "file").getString("status"),
                    seen -> seen.equals("up"));
            List<String> warnings =
                    lines.all().stream().filter(line -> line.startsWith("WARN")).toList();
            assertThat(warnings).singleElement().asString().contains("line 2, column 10", "keeping revision=3");
        }
    }

    @Test
    void reportsTheFileOfAMissingTrustStore() throws Exception {
        Path properties = Files.writeString(
                directory.resolve("kafka.properties"),
                "security.protocol=SSL\nssl.truststore.location=/nowhere/trust.p12\nssl.truststore.password=" + SECRET);
        assertThat(reasonOfKafka("127.0.0.1:1", properties, "trust.p12"))
                .contains("NoSuchFileException: /nowhere/trust.p12")
                .doesNotContain(SECRET);
    }

    @Test
    void reportsTheCauseOfAFailedTlsHandshakeWithABroker() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            NetServer plain = vertx.createNetServer()
                    .connectHandler(socket -> socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"))
                    .listen(0, "127.0.0.1")
                    .await(10, TimeUnit.SECONDS);
            Path properties = Files.writeString(directory.resolve("kafka.properties"), "security.protocol=SSL");
            assertThat(reasonOfKafka("127.0.0.1:" + plain.actualPort(), properties, "SSL handshake failed"))
                    .contains("SSL message");
        } finally {
            vertx.close().await(10, TimeUnit.SECONDS);
        }
    }

    private static String reasonOfKafka(String servers, Path properties, String part) {
        Map<String, String> settings = Map.of(
                "VARIATE_KAFKA_BOOTSTRAP_SERVERS", servers, "VARIATE_KAFKA_PROPERTIES_FILE", properties.toString());
        try (RunningNode node = RunningNode.serving("{}", settings)) {
            Await.value(
                    "the reason of the Kafka failure contains " + part,
                    () -> dependency(node, "kafka").getString("reason", ""),
                    seen -> seen.contains(part));
            return dependency(node, "kafka").getString("reason");
        }
    }

    private static JsonObject health(RunningNode node) {
        return new JsonObject(node.admin("GET", "/health/ready", "").body());
    }

    private static JsonObject dependency(RunningNode node, String name) {
        return health(node).getJsonObject("dependencies").getJsonObject(name);
    }
}
