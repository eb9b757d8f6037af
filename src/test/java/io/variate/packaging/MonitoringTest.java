package io.variate.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.dev.EmbeddedKafka;
import io.variate.dev.EmbeddedPostgresql;
import io.variate.testing.Await;
import io.variate.testing.Certificates;
import io.variate.testing.RunningNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The alerts and the dashboard query metrics and labels that a fully configured node exports. */
@Timeout(120)
@Tag("slow")
class MonitoringTest {
    private static final Path RULES = Path.of("cluster/prometheus/rules.yaml");
    private static final Path DASHBOARD = Path.of("cluster/grafana/dashboard.json");
    private static final Path RUNBOOK = Path.of("src/docs/deploy.md");

    private static final Pattern SAMPLE = Pattern.compile("(?m)^(\\w+)(?:\\{(.*)})? \\S+$");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"(?:[^\"\\\\]|\\\\.)*\"");
    private static final Pattern IN_TEXT = Pattern.compile("\\{\\{\\s*(?:\\$labels\\.)?(\\w+)\\s*}}");

    /** Labels that Prometheus adds. */
    private static final Set<String> OF_EVERY_METRIC = Set.of("job", "instance");

    private static final String OF_PROMETHEUS = "up";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static EmbeddedPostgresql postgres;

    @SuppressWarnings("NullAway.Init")
    private static EmbeddedKafka kafka;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    /** Follows the first node, and forwards its events. */
    @SuppressWarnings("NullAway.Init")
    private static RunningNode front;

    /** Exported metrics with their labels. */
    private static final Map<String, Set<String>> SHOWN = new TreeMap<>();

    /**
     * A query and the text template for its results.
     *
     * @param where the alert or panel with the query
     */
    private record Use(String where, String query, String text) {}

    @BeforeAll
    static void start() throws Exception {
        postgres = EmbeddedPostgresql.start(null, 0);
        kafka = EmbeddedKafka.start(directory, 0);
        Certificates certificates = Certificates.in(directory.resolve("certificates"));
        node = RunningNode.start(Map.of(
                "VARIATE_POSTGRES_URI", postgres.uri(),
                "VARIATE_KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrapServers(),
                "VARIATE_EVENTS_FORWARD_TOPIC", "others",
                "VARIATE_CLUSTER_ENABLED", "true",
                "VARIATE_CLUSTER_NAME", "monitoring",
                "VARIATE_CLUSTER_PORT", "5788",
                "VARIATE_CLUSTER_TLS_CERTIFICATE", certificates.certificate().toString(),
                "VARIATE_CLUSTER_TLS_KEY", certificates.key().toString(),
                "VARIATE_CLUSTER_TLS_AUTHORITY", certificates.authority().toString()));
        node.put(Files.readString(Path.of("conf/demo-ruleset.json")), "If-Match", "\"0\"");
        // Some metrics exist only after the first event that they count.
        System.gc();
        Await.until("an event is delivered", () -> {
            node.get("/v1/vardata?user_id=someone", "Authorization", "Api-Key server-demo-key");
            return node.metric("variate_assignments_delivered_total") > 0;
        });
        String upstream = "http://127.0.0.1:" + node.httpPort();
        front = RunningNode.start(Map.of(
                "VARIATE_UPSTREAM_FLAGS_URL",
                upstream,
                "VARIATE_UPSTREAM_STREAM_URL",
                upstream,
                "VARIATE_UPSTREAM_DEPLOYMENT_KEYS",
                "server-demo-key",
                "VARIATE_KAFKA_BOOTSTRAP_SERVERS",
                kafka.bootstrapServers(),
                "VARIATE_AMPLITUDE_EVENTS",
                "true",
                "VARIATE_AMPLITUDE_URL",
                upstream + "/batch",
                // None for the project of the event, which is rejected and counted therefore.
                "VARIATE_AMPLITUDE_PROJECTS_OTHER_API_KEY",
                "other-api-key"));
        Await.until(
                "an event is rejected",
                () -> front.admin("GET", "/metrics", "").body().contains("variate_amplitude_rejected_total"));
        addMetrics(node);
        addMetrics(front);
    }

    private static void addMetrics(RunningNode of) {
        Matcher samples = SAMPLE.matcher(of.admin("GET", "/metrics", "").body());
        while (samples.find()) {
            Set<String> labels = SHOWN.computeIfAbsent(samples.group(1), first -> new TreeSet<>());
            if (samples.group(2) != null) {
                LABEL.matcher(samples.group(2)).results().forEach(label -> labels.add(label.group(1)));
            }
        }
    }

    @AfterAll
    static void stop() {
        front.close();
        node.close();
        kafka.close();
        postgres.close();
    }

    @Test
    void everyQueriedMetricExists() {
        assertThat(uses()).hasSizeGreaterThan(40).allSatisfy(use -> {
            Set<String> metrics = new HashSet<>(PromQl.of(use.query()).metrics().keySet());
            metrics.remove(OF_PROMETHEUS);
            assertThat(SHOWN.keySet()).as("%s: %s", use.where(), use.query()).containsAll(metrics);
        });
    }

    @Test
    void everyMetricHasTheLabelsOfItsQueries() {
        assertThat(uses()).allSatisfy(use -> {
            PromQl query = PromQl.of(use.query());
            query.metrics().forEach((metric, labels) -> assertThat(labelsOf(metric))
                    .as("%s of %s: %s", metric, use.where(), use.query())
                    .containsAll(labels));
            Set<String> all = new TreeSet<>(OF_EVERY_METRIC);
            query.metrics().keySet().forEach(metric -> all.addAll(labelsOf(metric)));
            assertThat(all).as("%s: %s", use.where(), use.query()).containsAll(query.labels());
        });
    }

    @Test
    void templatesUseLabelsOfTheResults() {
        assertThat(uses()).allSatisfy(use -> {
            PromQl query = PromQl.of(use.query());
            Set<String> left = new TreeSet<>(query.labels());
            if (query.labels().isEmpty()) {
                left.addAll(OF_EVERY_METRIC);
                query.metrics().keySet().forEach(metric -> left.addAll(labelsOf(metric)));
            } else if (use.query().contains("on ()")) {
                left.addAll(OF_EVERY_METRIC);
            }
            Matcher named = IN_TEXT.matcher(use.text());
            while (named.find()) {
                assertThat(left).as("%s: %s", use.where(), use.text()).contains(named.group(1));
            }
        });
    }

    @Test
    void everyAlertHasARunbookEntry() throws IOException {
        String runbook = Files.readString(RUNBOOK);
        assertThat(alerts()).allSatisfy(alert -> assertThat(runbook).contains("\n| `" + alert.where() + "` | "));
    }

    @Test
    void findsMetricsAndLabelsInQueries() {
        PromQl query = PromQl.of(
                "sum by (a, b) (rate(one_total{c=\"x y{\", d!~\"z\"}[5m])) / on (e) two > 1e3 and max(three)");

        assertThat(query.metrics())
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of("one_total", Set.of("c", "d"), "two", Set.of(), "three", Set.of()));
        assertThat(query.labels()).containsExactly("a", "b", "e");
    }

    private static Set<String> labelsOf(String metric) {
        Set<String> labels = new TreeSet<>(OF_EVERY_METRIC);
        labels.addAll(SHOWN.getOrDefault(metric, Set.of()));
        return labels;
    }

    private static List<Use> uses() {
        return Stream.concat(alerts().stream(), panels().stream()).toList();
    }

    private static List<Use> alerts() {
        List<Use> uses = new ArrayList<>();
        for (Map<String, ?> group : Yaml.maps(Yaml.read(RULES).get("groups"))) {
            for (Map<String, ?> rule : Yaml.maps(group.get("rules"))) {
                uses.add(new Use(
                        String.valueOf(rule.get("alert")),
                        String.valueOf(rule.get("expr")),
                        String.valueOf(rule.get("annotations"))));
            }
        }
        return uses;
    }

    private static List<Use> panels() {
        List<Use> uses = new ArrayList<>();
        for (Map<String, ?> panel : Yaml.maps(Yaml.read(DASHBOARD).get("panels"))) {
            Map<String, ?> named = new LinkedHashMap<>(panel);
            for (Map<String, ?> target : Yaml.maps(named.get("targets"))) {
                uses.add(new Use(
                        String.valueOf(named.get("title")),
                        String.valueOf(target.get("expr")),
                        String.valueOf(target.get("legendFormat"))));
            }
        }
        return uses;
    }
}
