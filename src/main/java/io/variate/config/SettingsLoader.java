package io.variate.config;

import static java.util.Map.entry;

import io.variate.config.Settings.Role;
import io.variate.config.Settings.WhenFull;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads settings from a YAML file and from environment variables, which win: {@code http.max-url-length} is
 * {@code VARIATE_HTTP_MAX_URL_LENGTH}. An empty variable counts as none, so that a compose file can leave one open.
 *
 * <p>Unknown keys of the file are problems. Unknown variables are not: Kubernetes invents some for every service.
 */
public final class SettingsLoader {
    /** What a connection takes with its allowance, measured. */
    private static final int CONNECTION_BYTES = 10 * 1024;

    private static final int MOST_CONNECTIONS = 100_000;

    private static final String PREFIX = "VARIATE_";
    private static final int LEAST_PASSWORD = 16;
    private static final int LEAST_TOKEN = 16;

    private SettingsLoader() {}

    /**
     * Reads, checks and assembles the settings.
     *
     * @param file the YAML file, or null for defaults only
     * @param environment environment variables of the process
     * @throws InvalidSettingsException with every problem of file, variables and their combination
     */
    public static Settings load(@Nullable Path file, Map<String, String> environment) {
        List<String> problems = new ArrayList<>();
        Map<String, @Nullable Object> written = new LinkedHashMap<>();
        if (file != null) {
            Object yaml = readYaml(file, problems);
            if (yaml != null && !(yaml instanceof Map)) {
                problems.add(file + ": must hold sections such as http:, but is a single value");
            }
            flatten("", yaml, written);
        }
        SettingsReader reader = new SettingsReader(written, environment, PREFIX, problems);
        Settings settings = assemble(reader);
        reader.reportUnknown();
        checkTogether(settings, problems);
        if (!problems.isEmpty()) {
            throw new InvalidSettingsException(problems);
        }
        return settings;
    }

    private static Settings assemble(SettingsReader in) {
        return new Settings(
                new Settings.Http(
                        in.text("http.host", "0.0.0.0"),
                        in.port("http.port", 8080),
                        in.integer("http.instances", 0, 0, 1024),
                        in.integer("http.max-url-length", 65_536, 1_024, 1_048_576),
                        in.integer("http.max-header-size", 81_920, 1_024, 1_048_576),
                        in.integer("http.max-in-flight", 10_000, 1, 1_000_000),
                        in.integer("http.max-body-size", 1_048_576, 1_024, 1_073_741_824),
                        in.list("http.cors-origins", "*"),
                        in.headerNames("http.cors-headers", "*"),
                        in.integer("http.compress-from", 4_096, 1, Integer.MAX_VALUE),
                        in.duration("http.idle-timeout", "75s"),
                        in.integer("http.max-resets", 200, 1, 1_000_000),
                        in.seconds("http.reset-window", "30s"),
                        in.duration("http.drain-timeout", "10s"),
                        in.baseUrl("http.public-url"),
                        in.flag("http.page", false),
                        in.addresses("http.page-zones")),
                limits(in),
                new Settings.Streams(
                        in.duration("streams.keep-alive", "15s"),
                        in.integer("streams.max-open", 20_000, 1, 1_000_000),
                        in.duration("streams.stall-timeout", "10s")),
                new Settings.Project(in.secret("project.api-key"), in.secret("project.secret-key")),
                new Settings.Events(
                        in.integer("events.max-batch-size", 20_971_520, 1_024, 1_073_741_824),
                        in.optionalText("events.forward-topic")),
                new Settings.Cohorts(in.integer("cohorts.max-members", 50_000_000, 1, 1_000_000_000)),
                new Settings.Admin(
                        in.text("admin.host", "127.0.0.1"),
                        in.port("admin.port", 8081),
                        in.secret("admin.token"),
                        in.integer("admin.max-document-size", 67_108_864, 1_024, Integer.MAX_VALUE)),
                new Settings.Node(
                        in.text("node.id", hostname()),
                        in.roles("node.roles", List.of(Role.values())),
                        in.name("node.zone", "us"),
                        Path.of(in.text("node.data-dir", "data"))),
                new Settings.Evaluation(
                        in.integer("evaluation.instances", 0, 0, 1024),
                        in.duration("evaluation.timeout", "400ms"),
                        in.integer("evaluation.pattern-steps", 1_000_000, 1_000, Integer.MAX_VALUE)),
                new Settings.Postgres(
                        in.postgresUri("postgres.uri"),
                        in.integer("postgres.pool-size", 4, 1, 1024),
                        in.duration("postgres.connect-timeout", "2s"),
                        in.duration("postgres.write-timeout", "30s"),
                        in.path("postgres.root-certificate")),
                new Settings.Rulesets(
                        in.path("rulesets.file"),
                        in.duration("rulesets.check-interval", "1s"),
                        in.duration("rulesets.min-revision-wait", "2s")),
                new Settings.Assignments(
                        in.integer("assignments.segment-bytes", 33_554_432, 65_536, 1_073_741_824),
                        in.number("assignments.max-bytes", 1_073_741_824, 196_608, 1L << 50),
                        in.choice(
                                "assignments.when-full",
                                WhenFull.DROP_NEWEST,
                                Map.of(
                                        "drop-newest", WhenFull.DROP_NEWEST,
                                        "drop-oldest", WhenFull.DROP_OLDEST,
                                        "refuse", WhenFull.REFUSE)),
                        in.fsync("assignments.fsync", Duration.ofSeconds(1)),
                        in.duration("assignments.deduplication-window", "24h"),
                        in.integer("assignments.deduplication-size", 1_048_576, 1, 100_000_000),
                        in.integer("assignments.batch-size", 1_000, 1, 100_000),
                        in.duration("assignments.linger", "50ms"),
                        in.duration("assignments.flush-timeout", "10s")),
                new Settings.Kafka(
                        in.optionalText("kafka.bootstrap-servers"),
                        in.text("kafka.topic", "experiment.assignments"),
                        in.path("kafka.properties-file")),
                new Settings.Cluster(
                        in.flag("cluster.enabled", false),
                        in.name("cluster.name", "variate"),
                        in.text("cluster.host", "127.0.0.1"),
                        in.port("cluster.port", 5701),
                        in.port("cluster.bus-port", 0),
                        in.members("cluster.members"),
                        in.optionalText("cluster.kubernetes-service"),
                        in.secret("cluster.password"),
                        in.integer("cluster.max-strangers", 64, 1, 10_000),
                        in.duration("cluster.stranger-timeout", "10s"),
                        tls(in)),
                new Settings.Log(in.choice(
                        "log.format",
                        Settings.Log.Format.JSON,
                        Map.ofEntries(
                                entry("json", Settings.Log.Format.JSON), entry("text", Settings.Log.Format.TEXT)))));
    }

    /** What is not set follows from the heap, so that all of it together fits there with room to spare. */
    private static Settings.Limits limits(SettingsReader in) {
        long quarter = Runtime.getRuntime().maxMemory() / 4;
        long batch = in.integer("events.max-batch-size", 20_971_520, 1_024, 1_073_741_824);
        long memory = in.number("limits.memory", 0, 0, 1L << 50);
        long unproven = in.number("limits.unproven-memory", 0, 0, 1L << 50);
        int connections = in.integer("limits.connections", 0, 0, 10_000_000);
        // The largest batch can be read whoever sends it, which takes three times its bytes.
        long all = memory == 0 ? Math.max(quarter, 5 * batch) : memory;
        return new Settings.Limits(
                all,
                Math.min(all, unproven == 0 ? Math.max(all / 8, 3 * batch) : unproven),
                connections == 0 ? (int) Math.min(MOST_CONNECTIONS, quarter / CONNECTION_BYTES) : connections,
                in.integer("limits.admin-connections", 256, 8, 100_000),
                in.integer("limits.streams", 100, 1, 1_000_000),
                in.duration("limits.head-timeout", "10s"),
                in.duration("limits.transfer-grace", "10s"),
                in.integer("limits.transfer-rate", 1_024, 1, Integer.MAX_VALUE));
    }

    private static Settings.@Nullable Tls tls(SettingsReader in) {
        Path certificate = in.path("cluster.tls.certificate");
        Path key = in.path("cluster.tls.key");
        Path authority = in.path("cluster.tls.authority");
        if (certificate != null && key != null && authority != null) {
            return new Settings.Tls(certificate, key, authority);
        }
        if (certificate != null || key != null || authority != null) {
            in.problem("cluster.tls: certificate, key and authority are needed together");
        }
        return null;
    }

    private static void checkTogether(Settings settings, List<String> problems) {
        checkAdmin(settings.admin(), problems);
        if (settings.rulesets().file() != null && settings.postgres().uri() != null) {
            problems.add("rulesets.file: cannot be combined with postgres.uri; a ruleset has one source");
        }
        if (!settings.has(Role.EVALUATOR)
                && settings.has(Role.HTTP)
                && !settings.cluster().enabled()) {
            problems.add(
                    "node.roles: http without evaluator needs cluster.enabled, for its evaluators are other nodes");
        }
        if (settings.has(Role.EVALUATOR)
                && !settings.has(Role.ANALYTICS)
                && !settings.cluster().enabled()) {
            problems.add(
                    "node.roles: evaluator without analytics needs cluster.enabled, for its events leave by other nodes");
        }
        if (settings.assignments().maxBytes() / 3 < settings.assignments().segmentBytes()) {
            problems.add("assignments.max-bytes: must be three times assignments.segment-bytes at least");
        }
        if (settings.assignments().segmentBytes() % Long.BYTES != 0) {
            problems.add("assignments.segment-bytes: must be a multiple of " + Long.BYTES);
        }
        if (settings.cluster().kubernetesService() != null
                && !settings.cluster().members().isEmpty()) {
            problems.add("cluster.members: cannot be combined with cluster.kubernetes-service");
        }
        checkCluster(settings.cluster(), problems);
        if (settings.project().secretKey() != null && settings.project().apiKey() == null) {
            problems.add("project.api-key: needed, for project.secret-key is the password that goes with it");
        }
        Secret postgres = settings.postgres().uri();
        if (postgres != null
                && PostgresUri.parse(postgres).verifies()
                && settings.postgres().rootCertificate() == null) {
            problems.add("postgres.root-certificate: needed, for postgres.uri asks to verify the server");
        }
        if (settings.http().port() != 0
                && settings.http().port() == settings.admin().port()) {
            problems.add("admin.port: is the same as http.port");
        }
    }

    private static void checkAdmin(Settings.Admin admin, List<String> problems) {
        if (admin.isOnLoopback()) {
            return;
        }
        if (admin.token() == null) {
            problems.add("admin.token: needed because admin.host is " + admin.host()
                    + "; only a loopback address does without");
        } else if (admin.token().value().strip().length() < LEAST_TOKEN) {
            problems.add("admin.token: must have " + LEAST_TOKEN + " characters or more because admin.host is "
                    + admin.host() + ", where others can try tokens; only on a loopback address it may be shorter");
        }
    }

    private static void checkCluster(Settings.Cluster cluster, List<String> problems) {
        if (!cluster.enabled()) {
            return;
        }
        // Other nodes are told this address, so it must be one that they can reach.
        if (cluster.host().matches("[0.:]+")) {
            problems.add("cluster.host: must be one address of this node, for other nodes are told it");
        }
        Secret password = cluster.password();
        if (password != null && password.value().length() < LEAST_PASSWORD) {
            problems.add("cluster.password: must have " + LEAST_PASSWORD
                    + " characters or more, for whoever reads the traffic can try them one by one");
        }
        if (cluster.tls() != null) {
            Stream.of(
                            cluster.tls().certificate(),
                            cluster.tls().key(),
                            cluster.tls().authority())
                    .filter(file -> !Files.isReadable(file))
                    .forEach(file -> problems.add("cluster.tls: cannot read " + file));
        }
        if (cluster.kubernetesService() != null && Settings.isLoopback(cluster.host())) {
            problems.add("cluster.host: must be the address of the pod, for other pods cannot reach " + cluster.host());
        }
    }

    private static String hostname() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    private static @Nullable Object readYaml(Path file, List<String> problems) {
        try {
            return new Load(LoadSettings.builder().setLabel(file.toString()).build())
                    .loadFromString(Files.readString(file));
        } catch (IOException e) {
            problems.add("cannot read " + file + ": " + e);
        } catch (MarkedYamlEngineException e) {
            // Its message quotes the line, which may hold a password.
            String where = e.getProblemMark()
                    .map(mark -> " in line " + (mark.getLine() + 1) + ", column " + (mark.getColumn() + 1))
                    .orElse("");
            problems.add(file + " is not valid YAML: " + e.getProblem() + where);
        } catch (YamlEngineException e) {
            problems.add(file + " is not valid YAML");
        }
        return null;
    }

    private static void flatten(String path, @Nullable Object node, Map<String, @Nullable Object> into) {
        if (node instanceof Map<?, ?> section) {
            section.forEach((key, value) -> flatten(path.isEmpty() ? "" + key : path + "." + key, value, into));
        } else if (!path.isEmpty()) {
            into.put(path, node);
        }
    }
}
