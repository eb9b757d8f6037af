package io.variate.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The ledger of a node over HTTP. */
@Timeout(60)
class LedgerEndpointTest {
    private static final String RULESET = """
            {"deployments": [{"key": "server-key", "label": "all", "type": "server", "flags": ["*"]}],
             "flags": [{"key": "f", "variants": {"on": {"key": "on"}}, "segments": [{"variant": "on"}]}]}""";
    private static final List<String> COUNTERS =
            List.of("evaluated", "exposures", "received", "untracked", "deduplicated", "delivered");
    private static final Map<String, String> SMALL = Map.of(
            "VARIATE_ASSIGNMENTS_SEGMENT_BYTES", "65536",
            "VARIATE_ASSIGNMENTS_MAX_BYTES", "196608");

    @Test
    void reportsTheOutcomeOfEveryEvaluation() {
        try (RunningNode node = RunningNode.serving(RULESET, Map.of())) {
            ask(node, "a");
            ask(node, "a");
            ask(node, "b", "X-Amp-Exp-Track", "no-track");
            ask(node, "c", "X-Amp-Exp-Exposure-Track", "track");

            JsonObject answer = ledger(node);

            JsonObject own = answer.getJsonObject("node");
            assertThat(own.getString("id")).isEqualTo("test-node");
            assertThat(COUNTERS.stream().map(own::getLong)).containsExactly(4L, 1L, 0L, 1L, 1L, 0L);
            assertThat(own.getLong("spooled")).isEqualTo(3);
            assertThat(own.getJsonObject("lost").fieldNames())
                    .containsExactlyInAnyOrder(
                            "spool-full",
                            "spool-busy",
                            "disk-failed",
                            "too-large",
                            "no-spool",
                            "stopped",
                            "refused",
                            "dropped-oldest",
                            "damaged",
                            "torn");
            JsonObject lag = own.getJsonObject("lag");
            assertThat(lag.getLong("records")).isEqualTo(3);
            assertThat(lag.getLong("bytes")).isPositive();
            assertThat(lag.getDouble("seconds")).isBetween(0.0, 60.0);
        }
    }

    @Test
    void theClusterOfASingleNodeHasTheSameLedger() {
        try (RunningNode node = RunningNode.serving(RULESET, Map.of())) {
            ask(node, "a");

            JsonObject all = ledger(node).getJsonObject("cluster");

            assertThat(all.getJsonArray("nodes")).isEqualTo(JsonArray.of("test-node"));
            assertThat(all.getJsonArray("missing")).isEmpty();
            assertThat(all.getBoolean("partial")).isFalse();
            assertThat(all.getLong("evaluated")).isEqualTo(1);
        }
    }

    @Test
    void everyResponseAndEveryScrapeBalancesUnderLoad() throws Exception {
        try (RunningNode node = RunningNode.serving(RULESET, SMALL)) {
            List<CompletableFuture<HttpResponse<String>>> load = new ArrayList<>();
            JsonObject before = ledger(node).getJsonObject("node");
            for (int round = 0; round < 60; round++) {
                for (int i = 0; i < 20; i++) {
                    load.add(node.getAsync("/v1/vardata?user_id=" + round + "-" + i % 12, headers(i)));
                }
                JsonObject answer = ledger(node);
                JsonObject own = answer.getJsonObject("node");
                assertThat(imbalance(own)).as(own.encode()).isZero();
                assertThat(imbalance(answer.getJsonObject("cluster"))).isZero();
                for (String counter : COUNTERS) {
                    assertThat(own.getLong(counter)).isGreaterThanOrEqualTo(before.getLong(counter));
                }
                before = own;
                assertThat(imbalanceOfScrape(node)).isZero();
            }
            for (CompletableFuture<HttpResponse<String>> answer : load) {
                assertThat(answer.get().statusCode()).isEqualTo(200);
            }
            JsonObject end = ledger(node).getJsonObject("node");
            assertThat(end.getLong("evaluated")).isEqualTo(load.size());
            assertThat(end.getJsonObject("lost").getLong("spool-full")).isPositive();
        }
    }

    private static String[] headers(int i) {
        return new String[] {
            "Authorization",
            "Api-Key server-key",
            "X-Amp-Exp-Track",
            i % 5 == 0 ? "no-track" : "track",
            "X-Amp-Exp-Exposure-Track",
            i % 3 == 0 ? "track" : "no-track"
        };
    }

    private static long imbalance(JsonObject ledger) {
        long lost = ledger.getJsonObject("lost").stream()
                .mapToLong(cause -> ((Number) cause.getValue()).longValue())
                .sum();
        return ledger.getLong("evaluated")
                + ledger.getLong("exposures")
                + ledger.getLong("received")
                - ledger.getLong("untracked")
                - ledger.getLong("deduplicated")
                - ledger.getLong("delivered")
                - ledger.getLong("spooled")
                - lost;
    }

    private static double imbalanceOfScrape(RunningNode node) {
        Map<String, Double> sums = samples(node.admin("GET", "/metrics", "").body());
        return sums.getOrDefault("evaluated_total", 0.0)
                + sums.getOrDefault("exposures_total", 0.0)
                + sums.getOrDefault("received_total", 0.0)
                - sums.getOrDefault("untracked_total", 0.0)
                - sums.getOrDefault("deduplicated_total", 0.0)
                - sums.getOrDefault("delivered_total", 0.0)
                - sums.getOrDefault("spooled", 0.0)
                - sums.getOrDefault("lost_total", 0.0);
    }

    private static Map<String, Double> samples(String metrics) {
        Matcher sample = Pattern.compile("(?m)^variate_assignments_(\\w+)(?:\\{[^}]*})? (\\S+)$")
                .matcher(metrics);
        return sample.results()
                .collect(Collectors.toMap(
                        found -> found.group(1), found -> Double.parseDouble(found.group(2)), Double::sum));
    }

    @Test
    void everyNumberOfTheLedgerIsAMetricOfTheRightType() {
        try (RunningNode node = RunningNode.serving(RULESET, Map.of())) {
            String metrics = node.admin("GET", "/metrics", "").body();

            for (String counter :
                    List.of("evaluated", "exposures", "received", "untracked", "deduplicated", "delivered", "lost")) {
                assertThat(metrics).contains("# TYPE variate_assignments_" + counter + "_total counter\n");
            }
            for (String gauge : List.of("spooled", "spool_bytes", "lag_seconds")) {
                assertThat(metrics).contains("# TYPE variate_assignments_" + gauge + " gauge\n");
            }
            assertThat(metrics).contains("variate_assignments_lost_total{cause=\"dropped-oldest\"} 0.0\n");
        }
    }

    // Readiness

    @Test
    void readinessReportsTheBacklog() {
        try (RunningNode node = RunningNode.serving(RULESET, Map.of())) {
            ask(node, "a");

            JsonObject log = readiness(node).getJsonObject("assignments");

            assertThat(log.getString("status")).isEqualTo("up");
            assertThat(log.getLong("spooled")).isEqualTo(1);
            assertThat(log.getDouble("lagSeconds")).isBetween(0.0, 60.0);
            assertThat(log.containsKey("reason")).isFalse();
        }
    }

    @Test
    void aNodeWithAFullSpoolStaysReadyAndReportsIt() {
        try (RunningNode node = RunningNode.serving(RULESET, SMALL)) {
            for (int i = 0; !status(node).equals("full"); i++) {
                assertThat(ask(node, "u" + i)).isEqualTo(200);
            }

            assertThat(node.send("GET", node.adminPort(), "/health/ready", "").statusCode())
                    .isEqualTo(200);
            assertThat(readiness(node).getJsonObject("assignments").getString("reason"))
                    .contains("assignments.max-bytes");
        }
    }

    @Test
    void aNodeThatMustNotLoseEventsIsNotReadyWhileItsSpoolIsFull() {
        Map<String, String> refusing = new HashMap<>(SMALL);
        refusing.put("VARIATE_ASSIGNMENTS_WHEN_FULL", "refuse");
        try (RunningNode node = RunningNode.serving(RULESET, refusing)) {
            assertThat(readiness(node).getString("status")).isEqualTo("ready");
            for (int i = 0; !status(node).equals("full"); i++) {
                assertThat(ask(node, "u" + i)).isIn(200, 503);
            }

            assertThat(node.send("GET", node.adminPort(), "/health/ready", "").statusCode())
                    .isEqualTo(503);
            HttpResponse<String> refused =
                    node.get("/v1/vardata?user_id=one-more", "Authorization", "Api-Key server-key");
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(RunningNode.error(refused).getString("code")).isEqualTo("not_recorded");
            assertThat(refused.headers().firstValue("Retry-After")).isPresent();
            assertThat(imbalance(ledger(node).getJsonObject("node"))).isZero();
        }
    }

    private static int ask(RunningNode node, String user, String... headers) {
        String[] all = new String[headers.length + 2];
        all[0] = "Authorization";
        all[1] = "Api-Key server-key";
        System.arraycopy(headers, 0, all, 2, headers.length);
        return node.get("/v1/vardata?user_id=" + user, all).statusCode();
    }

    private static JsonObject ledger(RunningNode node) {
        HttpResponse<String> answer = node.admin("GET", "/api/1/ledger", "");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Cache-Control")).hasValue("no-store");
        return new JsonObject(answer.body());
    }

    private static JsonObject readiness(RunningNode node) {
        return new JsonObject(
                node.send("GET", node.adminPort(), "/health/ready", "").body());
    }

    private static String status(RunningNode node) {
        return readiness(node).getJsonObject("assignments").getString("status");
    }
}
