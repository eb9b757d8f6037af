package io.variate.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.variate.config.Settings;
import io.variate.config.SettingsLoader;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The container, the compose file and the manifests are valid and consistent with the settings of a node. */
class DeploymentFilesTest {
    private static final Path CLUSTER = Path.of("cluster");
    private static final Path KUBERNETES = CLUSTER.resolve("kubernetes");
    private static final Pattern VARIABLE = Pattern.compile("\\bVARIATE_[A-Z][A-Z_]*");
    private static final Pattern OPEN = Pattern.compile("\\$\\{(\\w+):[?-][^}]*}");

    /** Variables of the development server that are not settings of a node. */
    private static final Set<String> OF_DEVELOPMENT = Set.of("VARIATE_DEV_DIR", "VARIATE_CONFIG");

    /** Directories of the TLS files in containers. */
    private static final Pattern TLS = Pattern.compile("^(/run/secrets|/etc/variate/tls)/");

    private static final Set<String> TLS_FILES = Set.of("tls.crt", "tls.key", "ca.crt");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path tls;

    /** Kinds of manifests that are not part of Kubernetes. */
    private static final Set<String> NOT_OF_KUBERNETES =
            Set.of("Kustomization", "ServiceMonitor", "Issuer", "Certificate");

    private static final String FILLED_IN = "filled-in-by-the-user";

    /** Time for the steps of a shutdown that have no setting. */
    private static final Duration STOP_SLACK = Duration.ofSeconds(20);

    @BeforeAll
    static void makeFiles() throws IOException {
        for (String file : TLS_FILES) {
            Files.createFile(tls.resolve(file));
        }
    }

    @Test
    void everyVariableIsASetting() throws IOException {
        Set<String> settings = new TreeSet<>(OF_DEVELOPMENT);
        collect("VARIATE", Yaml.read(Path.of("conf/variate.yaml")), settings);
        for (Path file : files()) {
            Matcher variables = VARIABLE.matcher(Files.readString(file));
            while (variables.find()) {
                assertThat(settings).as(file.toString()).contains(variables.group());
            }
        }
    }

    private static void collect(String path, Map<?, ?> section, Set<String> settings) {
        section.forEach((key, value) -> {
            String variable = path + "_" + String.valueOf(key).replace('-', '_').toUpperCase(Locale.ROOT);
            if (value instanceof Map<?, ?> inner) {
                collect(variable, inner, settings);
            } else {
                settings.add(variable);
            }
        });
    }

    @Test
    void theComposeFileStartsConsistentNodes() {
        nodes().forEach((name, node) -> {
            Settings settings = settings(environment(node));

            assertThat(settings.node().id()).isEqualTo(name);
            assertThat(settings.cluster().host()).isEqualTo(name).isEqualTo(node.get("hostname"));
            assertThat(settings.cluster().members()).hasSameElementsAs(nodes().keySet());
            assertThat(seconds(node.get("stop_grace_period"))).isGreaterThanOrEqualTo(stop(settings));
        });
    }

    @Test
    void theComposeFileContainsNoSecrets() {
        Set<String> left = Yaml.map(compose(), "services").values().stream()
                .flatMap(service -> environment(Yaml.map(service)).entrySet().stream())
                .filter(variable -> variable.getKey().matches(".*(PASSWORD|TOKEN|SECRET|_KEY).*"))
                .map(Map.Entry::getValue)
                .filter(value ->
                        !OPEN.matcher(value).matches() && !TLS.matcher(value).find())
                .collect(Collectors.toSet());

        assertThat(left).isEmpty();
    }

    @Test
    void theExampleListsAllVariablesOfTheComposeFile() throws IOException {
        Set<String> open = OPEN.matcher(Files.readString(CLUSTER.resolve("compose.yaml")))
                .results()
                .map(found -> found.group(1))
                .collect(Collectors.toSet());

        assertThat(variables(CLUSTER.resolve("env.example")).keySet()).containsAll(open);
    }

    @Test
    void imagesArePinned() throws IOException {
        Stream<String> services = Yaml.map(compose(), "services").values().stream()
                .map(Yaml::map)
                .filter(service -> !service.containsKey("build"))
                .map(service -> String.valueOf(service.get("image")));
        Stream<String> stages = Files.readAllLines(Path.of("Dockerfile")).stream()
                .filter(line -> line.startsWith("FROM "))
                .map(line -> line.replaceAll("^FROM (\\S+).*", "$1"));

        assertThat(Stream.concat(services, stages))
                .hasSizeGreaterThan(5)
                .allMatch(image -> image.matches(".+:v?\\d+\\.\\d+.*"));
    }

    @Test
    void mountedFilesExistAndVolumesAreDeclared() {
        Set<String> volumes = Yaml.map(compose(), "volumes").keySet();
        Yaml.map(compose(), "services").values().stream()
                .flatMap(service -> Yaml.list(Yaml.map(service).get("volumes")).stream())
                .map(mount -> String.valueOf(mount).replaceFirst(":.*", ""))
                .forEach(source -> {
                    if (source.startsWith(".")) {
                        assertThat(CLUSTER.resolve(source)).exists();
                    } else {
                        assertThat(volumes).contains(source);
                    }
                });
    }

    @Test
    void theEventBusUsesTlsByDefault() {
        Map<String, @Nullable Object> secrets = Yaml.map(compose(), "secrets");
        assertThat(secrets).containsOnlyKeys(TLS_FILES);
        secrets.forEach((file, source) -> assertThat(Yaml.map(source)).containsEntry("file", "./tls/nodes/" + file));
        nodes().values().forEach(node -> {
            assertThat(Yaml.list(node.get("secrets"))).containsExactlyInAnyOrderElementsOf(TLS_FILES);
            assertThat(settings(environment(node)).cluster().tls()).isNotNull();
        });

        Map<String, @Nullable Object> pod = Yaml.map(manifest("StatefulSet", "variate"), "spec", "template", "spec");
        assertThat(Yaml.maps(pod.get("volumes")))
                .filteredOn(volume -> "tls".equals(volume.get("name")))
                .singleElement()
                .satisfies(volume -> assertThat(Yaml.map(volume, "secret"))
                        .containsEntry("secretName", "variate-tls")
                        .doesNotContainKey("optional"));
        assertThat(Yaml.maps(container().get("volumeMounts")))
                .filteredOn(mount -> "tls".equals(mount.get("name")))
                .singleElement()
                .satisfies(mount -> assertThat(mount).containsEntry("mountPath", "/etc/variate/tls"));
        assertThat(Yaml.readAll(KUBERNETES.resolve("certificates.yaml")))
                .filteredOn(each -> "variate-tls".equals(name(each)))
                .singleElement()
                .satisfies(certificate ->
                        assertThat(Yaml.map(certificate, "spec")).containsEntry("secretName", "variate-tls"));
    }

    @Test
    void theLoadBalancerAndPrometheusTargetEveryNode() throws IOException {
        String balancer = Files.readString(CLUSTER.resolve("haproxy.cfg"));
        String prometheus = Files.readString(CLUSTER.resolve("prometheus/prometheus.yml"));
        for (String node : nodes().keySet()) {
            assertThat(balancer).contains("server " + node + " " + node + ":8080 check port 8081");
            assertThat(prometheus).contains("\"" + node + ":8081\"");
        }
    }

    @Test
    void theManifestsMatchTheKubernetesSchemas() throws IOException {
        for (Map<String, @Nullable Object> each : manifests()) {
            assertThatCode(() -> KubernetesSchema.check(new JsonObject(each)))
                    .as("%s %s", each.get("kind"), name(each))
                    .doesNotThrowAnyException();
        }
        assertThat(Yaml.list(Yaml.read(KUBERNETES.resolve("kustomization.yaml")).get("resources")))
                .allSatisfy(file ->
                        assertThat(KUBERNETES.resolve(String.valueOf(file))).exists());
    }

    @Test
    void thePodsStartOnceTheirSecretsAreSet() throws IOException {
        Map<String, String> variables = podVariables();
        assertThatThrownBy(() -> settings(variables)).hasMessageContainingAll("admin.token", "cluster.password");

        variables.replaceAll((name, value) -> value.isEmpty() ? FILLED_IN : value.replace("REPLACE", FILLED_IN));
        Settings settings = settings(variables);
        assertThat(settings.cluster().tls()).isNotNull();

        Map<String, @Nullable Object> pod = Yaml.map(manifest("StatefulSet", "variate"), "spec", "template", "spec");
        assertThat(Duration.ofSeconds((Integer) Objects.requireNonNull(pod.get("terminationGracePeriodSeconds"))))
                .isGreaterThanOrEqualTo(stop(settings).plus(sleep()));
        assertThat(settings.cluster().kubernetesService())
                .isEqualTo(Yaml.map(manifest("StatefulSet", "variate"), "spec").get("serviceName"));
        assertThat(ports())
                .containsEntry("http", settings.http().port())
                .containsEntry("admin", settings.admin().port())
                .containsEntry("hazelcast", settings.cluster().port())
                .containsEntry("event-bus", settings.cluster().busPort());
        // Service links would define variables such as VARIATE_NODES_PORT, which look like settings.
        assertThat(pod.get("enableServiceLinks")).isEqualTo(false);
    }

    @Test
    void allSelectorsMatchThePodsAndPorts() {
        Map<String, @Nullable Object> labels =
                Yaml.map(manifest("StatefulSet", "variate"), "spec", "template", "metadata", "labels");
        assertThat(Yaml.map(manifest("StatefulSet", "variate"), "spec", "selector", "matchLabels"))
                .isEqualTo(labels);
        assertThat(Yaml.map(manifest("PodDisruptionBudget", "variate"), "spec", "selector", "matchLabels"))
                .isEqualTo(labels);
        assertThat(Yaml.map(manifest("NetworkPolicy", "variate"), "spec", "podSelector", "matchLabels"))
                .isEqualTo(labels);
        assertThat(Yaml.map(manifest("HorizontalPodAutoscaler", "variate"), "spec", "scaleTargetRef"))
                .containsEntry("kind", "StatefulSet")
                .containsEntry("name", "variate");
        for (String service : List.of("variate", "variate-nodes")) {
            Map<String, @Nullable Object> spec = Yaml.map(manifest("Service", service), "spec");
            assertThat(Yaml.map(spec, "selector")).isEqualTo(labels);
            assertThat(Yaml.maps(spec.get("ports")))
                    .allSatisfy(port -> assertThat(ports()).containsKey(String.valueOf(port.get("targetPort"))));
        }
        assertThat(Yaml.map(manifest("Service", "variate-nodes"), "spec")).containsEntry("clusterIP", "None");
        Map<String, @Nullable Object> monitor = Yaml.read(KUBERNETES.resolve("service-monitor.yaml"));
        assertThat(Yaml.map(manifest("Service", "variate-nodes"), "metadata", "labels"))
                .containsAllEntriesOf(Yaml.map(monitor, "spec", "selector", "matchLabels"));
    }

    /** All files that configure or start a node. */
    private static List<Path> files() throws IOException {
        try (Stream<Path> files = Files.walk(CLUSTER)) {
            return Stream.concat(Stream.of(Path.of("Dockerfile")), files.filter(Files::isRegularFile))
                    .toList();
        }
    }

    private static Map<String, @Nullable Object> compose() {
        return Yaml.read(CLUSTER.resolve("compose.yaml"));
    }

    private static Map<String, Map<String, @Nullable Object>> nodes() {
        Map<String, Map<String, @Nullable Object>> nodes = new TreeMap<>();
        Yaml.map(compose(), "services").forEach((name, service) -> {
            if (name.startsWith("node-")) {
                nodes.put(name, Yaml.map(service));
            }
        });
        return nodes;
    }

    private static Map<String, String> environment(Map<String, @Nullable Object> service) {
        Map<String, String> environment = new LinkedHashMap<>();
        if (service.containsKey("environment")) {
            Yaml.map(service, "environment").forEach((name, value) -> environment.put(name, String.valueOf(value)));
        }
        return environment;
    }

    /** The settings that a node reads, with a value for each placeholder, and the TLS files of this test. */
    private static Settings settings(Map<String, String> environment) {
        Map<String, String> filled = new HashMap<>(environment);
        filled.replaceAll((name, value) -> OPEN.matcher(value).replaceAll(FILLED_IN));
        filled.replaceAll((name, value) -> TLS.matcher(value).replaceFirst(tls + "/"));
        return SettingsLoader.load(Path.of("conf/variate.yaml"), filled);
    }

    private static Duration stop(Settings settings) {
        return settings.http()
                .drainTimeout()
                .plus(settings.assignments().flushTimeout())
                .plus(STOP_SLACK);
    }

    private static Duration seconds(@Nullable Object text) {
        return Duration.parse("PT" + text);
    }

    private static Map<String, String> variables(Path file) throws IOException {
        Map<String, String> variables = new HashMap<>();
        Files.readAllLines(file).stream()
                .filter(line -> !line.startsWith("#") && !line.isBlank())
                .forEach(line -> add(line, variables));
        return variables;
    }

    private static void add(String line, Map<String, String> variables) {
        int sign = line.indexOf('=');
        variables.put(line.substring(0, sign), line.substring(sign + 1));
    }

    private static List<Map<String, @Nullable Object>> manifests() throws IOException {
        try (Stream<Path> files = Files.list(KUBERNETES)) {
            return files.filter(file -> file.toString().endsWith(".yaml"))
                    .sorted()
                    .flatMap(file -> Yaml.readAll(file).stream())
                    .filter(each -> !NOT_OF_KUBERNETES.contains(String.valueOf(each.get("kind"))))
                    .toList();
        }
    }

    private static String name(Map<String, @Nullable Object> manifest) {
        return String.valueOf(Yaml.map(manifest, "metadata").get("name"));
    }

    private static Map<String, @Nullable Object> manifest(String kind, String name) {
        try {
            return manifests().stream()
                    .filter(each -> kind.equals(each.get("kind")) && name.equals(name(each)))
                    .findAny()
                    .orElseThrow();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Map<String, String> podVariables() throws IOException {
        Map<String, String> variables = variables(KUBERNETES.resolve("secret.env.example"));
        Yaml.maps(Yaml.read(KUBERNETES.resolve("kustomization.yaml")).get("configMapGenerator"))
                .forEach(map -> Yaml.list(map.get("literals")).forEach(each -> add(String.valueOf(each), variables)));
        for (Map<String, @Nullable Object> variable : Yaml.maps(container().get("env"))) {
            variables.put(
                    String.valueOf(variable.get("name")), String.valueOf(variable.getOrDefault("value", "10.1.2.3")));
        }
        return variables;
    }

    private static Map<String, @Nullable Object> container() {
        return Yaml.maps(Yaml.map(manifest("StatefulSet", "variate"), "spec", "template", "spec")
                        .get("containers"))
                .get(0);
    }

    private static Duration sleep() {
        List<@Nullable Object> command =
                Yaml.list(Yaml.map(container(), "lifecycle", "preStop", "exec").get("command"));
        return Duration.ofSeconds(Long.parseLong(String.valueOf(command.get(1))));
    }

    private static Map<String, Integer> ports() {
        return Yaml.maps(container().get("ports")).stream()
                .collect(Collectors.toMap(port -> String.valueOf(port.get("name")), port ->
                        (Integer) Objects.requireNonNull(port.get("containerPort"))));
    }
}
