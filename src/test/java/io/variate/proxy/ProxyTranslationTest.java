package io.variate.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.proxy.ProxyKey.Unneeded;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class ProxyTranslationTest {
    private static final Map<String, String> CREDENTIALS = Map.of(
            "AMPLITUDE_API_KEY", "the-api-key",
            "AMPLITUDE_SECRET_KEY", "the-secret-key",
            "AMPLITUDE_EXPERIMENT_MANAGEMENT_API_KEY", "the-management-key");

    private static final String PROJECT = """
            projects:
              - apiKey: the-api-key
                secretKey: "the-secret-key"
                managementKey: the-management-key
            """;

    /** What every configuration without further keys means. */
    private static final Map<String, String> DEFAULTS = Map.of(
            "http.port", "3546",
            "metrics.enabled", "true",
            "amplitude.events", "true",
            "upstream.api-key", "the-api-key",
            "upstream.secret-key", "the-secret-key",
            "upstream.management-key", "the-management-key");

    @TempDir
    Path directory;

    static Stream<Arguments> keys() {
        return Stream.of(
                row(ProxyKey.PORT, "4000", Map.of("http.port", "4000")),
                row(ProxyKey.SERVER_ZONE, "EU", Map.of("upstream.zone", "eu")),
                row(ProxyKey.SERVER_ZONE, "US", Map.of("upstream.zone", "us")),
                row(
                        ProxyKey.SERVER_URL,
                        "http://front:8080/amp",
                        Map.of(
                                "upstream.flags-url", "http://front:8080/amp",
                                "upstream.stream-url", "http://front:8080/amp")),
                row(
                        ProxyKey.SERVER_URL,
                        "https://api.lab.amplitude.com",
                        Map.of("upstream.flags-url", "https://api.lab.amplitude.com")),
                row(
                        ProxyKey.SERVER_URL,
                        "https://api.lab.eu.amplitude.com",
                        Map.of("upstream.flags-url", "https://api.lab.eu.amplitude.com", "upstream.zone", "eu")),
                row(
                        ProxyKey.COHORT_SERVER_URL,
                        "https://cohort.lab.amplitude.com",
                        Map.of("upstream.cohorts-url", "https://cohort.lab.amplitude.com")),
                row(
                        ProxyKey.MANAGEMENT_SERVER_URL,
                        "http://localhost:8081",
                        Map.of("upstream.management-url", "http://localhost:8081")),
                row(
                        ProxyKey.ANALYTICS_SERVER_URL,
                        "https://api2.amplitude.com/2/httpapi",
                        Map.of("amplitude.url", "https://api2.amplitude.com/2/httpapi")),
                row(
                        ProxyKey.ANALYTICS_SERVER_URL,
                        "http://events:9000/",
                        Map.of("amplitude.url", "http://events:9000/batch")),
                row(ProxyKey.DEPLOYMENT_SYNC_INTERVAL, "90000", Map.of("upstream.deployments-interval", "90s")),
                row(ProxyKey.FLAG_SYNC_INTERVAL, "10000", Map.of("upstream.flags-interval", "10s")),
                row(ProxyKey.FLAG_SYNC_INTERVAL, "1500", Map.of("upstream.flags-interval", "1500ms")),
                row(ProxyKey.COHORT_SYNC_INTERVAL, "60000", Map.of("upstream.cohorts-interval", "60s")),
                row(ProxyKey.COHORT_SYNC_INTERVAL, "86400001", Map.of("upstream.cohorts-interval", "24h")),
                row(ProxyKey.MAX_COHORT_SIZE, "15000000", Map.of("upstream.max-cohort-size", "15000000")),
                row(ProxyKey.ASSIGNMENT_FILTER_CAPACITY, "65536", Map.of("assignments.deduplication-size", "65536")),
                row(ProxyKey.ASSIGNMENT_USE_BATCH_MODE, "true", Map.of()),
                row(
                        ProxyKey.ASSIGNMENT_USE_BATCH_MODE,
                        "false",
                        Map.of("amplitude.url", "https://api2.amplitude.com/2/httpapi")),
                row(ProxyKey.METRICS_PORT, "9999", Map.of("metrics.port", "9999")),
                row(ProxyKey.METRICS_PATH, "metrics", Map.of("metrics.path", "/metrics")),
                row(ProxyKey.METRICS_PATH, "/proxy/metrics", Map.of("metrics.path", "/proxy/metrics")));
    }

    private static Arguments row(ProxyKey key, String value, Map<String, String> settings) {
        return Arguments.of(key, value, settings);
    }

    @ParameterizedTest
    @MethodSource("keys")
    void translatesEachVariable(ProxyKey key, String value, Map<String, String> settings) {
        Map<String, String> environment = new HashMap<>(CREDENTIALS);
        environment.put(key.variable, value);

        ProxyTranslation.Result result = translate(null, null, environment);

        assertThat(result.settings().problems()).isEmpty();
        assertThat(result.settings().values()).isEqualTo(with(settings));
    }

    @ParameterizedTest
    @MethodSource("keys")
    void translatesEachKeyOfTheFile(ProxyKey key, String value, Map<String, String> settings) throws IOException {
        Path file = write("proxy.yaml", PROJECT + yaml(key, value));

        ProxyTranslation.Result result = translate(file, file, Map.of());

        assertThat(result.settings().problems()).isEmpty();
        assertThat(result.settings().values()).isEqualTo(with(settings));
    }

    @Test
    void everyKeyIsTranslatedOrUnneeded() {
        Set<ProxyKey> translated = keys().map(row -> (ProxyKey) row.get()[0]).collect(Collectors.toSet());

        assertThat(Arrays.stream(ProxyKey.values()).filter(key -> key.unneeded == null))
                .containsExactlyInAnyOrderElementsOf(translated);
    }

    @ParameterizedTest
    @EnumSource(Unneeded.class)
    void acceptsUnneededKeysWithANotice(Unneeded unneeded) throws IOException {
        List<ProxyKey> keys = Arrays.stream(ProxyKey.values())
                .filter(key -> key.unneeded == unneeded)
                .toList();
        Map<String, String> environment = new HashMap<>(CREDENTIALS);
        keys.forEach(key -> environment.put(key.variable, "redis://user:password@redis"));

        ProxyTranslation.Result result = translate(null, null, environment);

        assertThat(result.settings().problems()).isEmpty();
        assertThat(result.settings().values()).isEqualTo(DEFAULTS);
        assertThat(result.notices())
                .singleElement()
                .asString()
                .contains(keys.stream().map(key -> key.variable).toList())
                .contains(unneeded.reason)
                .doesNotContain("password");
        for (ProxyKey key : keys) {
            Path file = write("proxy.yaml", PROJECT + yaml(key, "any"));
            assertThat(translate(file, file, Map.of()).notices())
                    .containsExactly(
                            "configuration." + key.path + " in " + file + ": ignored, because " + unneeded.reason);
        }
    }

    @Test
    void readsProjectsAndTheRestFromTwoFilesInYamlOrJson() throws IOException {
        Path projects = write(
                "projects.json",
                "{\n\t\"projects\": [{\"apiKey\": \"the-api-key\", \"secretKey\": \"the-secret-key\","
                        + " \"managementKey\": \"the-management-key\"}]}");
        Path configuration = write("config.yml", "configuration:\n  port: 4000\n  redis:\n");

        ProxyTranslation.Result result = translate(projects, configuration, Map.of());

        assertThat(result.settings().problems()).isEmpty();
        assertThat(result.notices()).isEmpty();
        assertThat(result.settings().values()).isEqualTo(with(Map.of("http.port", "4000")));
    }

    @Test
    void readsKeysExactlyAsWritten() throws IOException {
        Path file = write(
                "proxy.yaml", "projects:\n  - {apiKey: 1e5, secretKey: 0123, managementKey: 12345678901234567890}\n");

        assertThat(translate(file, file, Map.of()).settings().values())
                .containsEntry("upstream.api-key", "1e5")
                .containsEntry("upstream.secret-key", "0123")
                .containsEntry("upstream.management-key", "12345678901234567890");
    }

    @Test
    void namesSeveralProjectsByAHashWhateverTheirOrder() throws IOException {
        Path file = write("proxy.yaml", """
                projects:
                  - {apiKey: first-key, secretKey: first-secret, managementKey: first-management}
                  - {apiKey: second-key, secretKey: second-secret, managementKey: second-management}
                """);
        Path reversed = write("reversed.yaml", """
                projects:
                  - {apiKey: second-key, secretKey: second-secret, managementKey: second-management}
                  - {apiKey: first-key, secretKey: first-secret, managementKey: first-management}
                """);

        Map<String, String> values = translate(file, file, Map.of()).settings().values();

        // The first digits of the SHA-256 of the API key.
        assertThat(values)
                .containsEntry("upstream.projects.project-9e24b553.api-key", "first-key")
                .containsEntry("upstream.projects.project-9e24b553.management-key", "first-management")
                .containsEntry("upstream.projects.project-f397f260.secret-key", "second-secret")
                .doesNotContainKey("upstream.api-key");
        assertThat(values.keySet().toString()).doesNotContain("first", "second");
        assertThat(translate(reversed, reversed, Map.of()).settings().values()).isEqualTo(values);
    }

    @Test
    void acceptsDeploymentKeysOfEarlierReleases() throws IOException {
        Path file = write(
                "proxy.yaml",
                "projects:\n  - {id: 7, apiKey: a, secretKey: s, deploymentKeys: [server-one, server-two]}\n");
        Map<String, String> environment = new HashMap<>(CREDENTIALS);
        environment.remove("AMPLITUDE_EXPERIMENT_MANAGEMENT_API_KEY");
        environment.put("AMPLITUDE_EXPERIMENT_DEPLOYMENT_KEY", "server-one");

        ProxyTranslation.Result ofFile = translate(file, file, Map.of());
        ProxyTranslation.Result ofEnvironment = translate(null, null, environment);

        assertThat(ofFile.settings().problems()).isEmpty();
        assertThat(ofFile.settings().values()).containsEntry("upstream.deployment-keys", "server-one,server-two");
        assertThat(ofEnvironment.settings().problems()).isEmpty();
        assertThat(ofEnvironment.settings().values()).containsEntry("upstream.deployment-keys", "server-one");
    }

    @Test
    void reportsEveryMissingCredentialWithItsPlace() throws IOException {
        Path file = write("proxy.yaml", "projects:\n  - apiKey: a\n  - secretKey: s\n    managementKey: null\n");

        assertThat(translate(file, file, Map.of()).settings().problems())
                .containsExactly(
                        "projects[0].secretKey in " + file + ": is required",
                        "projects[0].managementKey in " + file + ": is required",
                        "projects[1].apiKey in " + file + ": is required",
                        "projects[1].managementKey in " + file + ": is required");
        assertThat(translate(null, null, Map.of("AMPLITUDE_API_KEY", "a"))
                        .settings()
                        .problems())
                .containsExactly(
                        "AMPLITUDE_SECRET_KEY: is required", "AMPLITUDE_EXPERIMENT_MANAGEMENT_API_KEY: is required");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "projects: []|projects in FILE: must be a list of at least one project",
                "projects: key|projects in FILE: must be a list of at least one project",
                "configuration: {}|projects in FILE: must be a list of at least one project",
                "projects: [key]|projects[0] in FILE: must be a project with apiKey",
                "projects: [{apiKey: [a], secretKey: s, managementKey: m}]|projects[0].apiKey in FILE: must be a single value",
                "'projects: [{apiKey: a, secretKey: s, managementKey: m}, {apiKey: a, secretKey: t, managementKey: n}]'"
                        + "|projects[1].apiKey in FILE: must differ from projects[0].apiKey in FILE",
                "'{projects: [{apiKey: a, secretKey: s, managementKey: m}], configuration: 7}'"
                        + "|configuration in FILE: must contain keys such as serverUrl",
                "'{projects: [{apiKey: a, secretKey: s, managementKey: m}], configuration: {port: [1]}}'"
                        + "|configuration.port in FILE: must be a single value",
                "projects: [|FILE is not valid YAML"
            })
    void rejectsAFileOfTheWrongShape(String yaml, String problem) throws IOException {
        Path file = write("proxy.yaml", yaml);

        assertThat(translate(file, file, Map.of()).settings().problems())
                .anySatisfy(each -> assertThat(each).startsWith(problem.replace("FILE", file.toString())));
    }

    @ParameterizedTest
    @CsvSource({
        "AMPLITUDE_FLAG_SYNC_INTERVAL_MILLIS, 10s, 'must be a number of milliseconds from 1 to 86400000, was ''10s'''",
        "AMPLITUDE_COHORT_SYNC_INTERVAL_MILLIS, 0, 'must be a number of milliseconds from 1 to 86400000, was ''0'''",
        "AMPLITUDE_ASSIGNMENT_USE_BATCH_MODE, yes, 'must be true or false, was ''yes'''"
    })
    void rejectsInvalidValues(String variable, String value, String problem) {
        Map<String, String> environment = new HashMap<>(CREDENTIALS);
        environment.put(variable, value);

        assertThat(translate(null, null, environment).settings().problems()).containsExactly(variable + ": " + problem);
    }

    @Test
    void noticesAnIntervalAboveTheLimit() {
        Map<String, String> environment = new HashMap<>(CREDENTIALS);
        environment.put("AMPLITUDE_FLAG_SYNC_INTERVAL_MILLIS", "100000000");

        assertThat(translate(null, null, environment).notices())
                .containsExactly("AMPLITUDE_FLAG_SYNC_INTERVAL_MILLIS: using 24h, the longest interval, instead of"
                        + " 100000000 ms");
    }

    @Test
    void noticesUnknownKeysAndVariablesWithThoseThatExist() throws IOException {
        Path file = write("proxy.yaml", """
                projects:
                  - {apiKey: a, secretKey: s, managementKey: m, mangementKey: hidden}
                configuration: {prot: 1, metrics: {prot: 2}, assignment: {batch: {size: 3}}}
                version: 2
                """);

        ProxyTranslation.Result result = translate(file, file, Map.of("AMPLITUDE_PROT", "hidden"));

        assertThat(result.settings().problems()).isEmpty();
        assertThat(result.notices())
                .anySatisfy(notice -> assertThat(notice)
                        .startsWith("projects[0].mangementKey in " + file + ": ignored")
                        .contains("managementKey"))
                .anySatisfy(notice -> assertThat(notice)
                        .startsWith("configuration.prot in " + file + ": ignored")
                        .contains("port, redis, serverUrl"))
                .anySatisfy(notice -> assertThat(notice)
                        .startsWith("configuration.metrics.prot in " + file)
                        .endsWith("it has logFailures, path, port"))
                .anySatisfy(notice -> assertThat(notice).startsWith("configuration.assignment.batch in " + file))
                .anySatisfy(notice -> assertThat(notice).startsWith("version in " + file))
                .anySatisfy(notice ->
                        assertThat(notice).startsWith("AMPLITUDE_PROT: ignored").contains("AMPLITUDE_PORT"))
                .noneSatisfy(notice -> assertThat(notice).contains("hidden"))
                .hasSize(6);
    }

    @Test
    void aFileTakesPrecedenceOverVariablesWithANotice() throws IOException {
        Path file = write("proxy.yaml", PROJECT);
        Map<String, String> environment = new HashMap<>(CREDENTIALS);
        environment.put("AMPLITUDE_API_KEY", "another");
        environment.put("AMPLITUDE_PORT", "4000");

        ProxyTranslation.Result result = translate(file, file, environment);

        assertThat(result.settings().values()).isEqualTo(DEFAULTS);
        assertThat(result.notices())
                .containsExactly(
                        "AMPLITUDE_API_KEY, AMPLITUDE_EXPERIMENT_MANAGEMENT_API_KEY, AMPLITUDE_SECRET_KEY: ignored, because "
                                + file + " exists, as in evaluation-proxy",
                        "AMPLITUDE_PORT: ignored, because " + file + " exists, as in evaluation-proxy");
    }

    @Test
    void printsNoSecrets() {
        ProxyTranslation.Result result = translate(null, null, CREDENTIALS);
        ProxyConfiguration proxy = ProxyConfiguration.read(null, null, CREDENTIALS);

        assertThat(List.of(result, proxy, proxy.projects()).toString())
                .doesNotContain(new TreeSet<>(CREDENTIALS.values()));
    }

    private static ProxyTranslation.Result translate(
            @Nullable Path projects, @Nullable Path configuration, Map<String, String> environment) {
        return new ProxyFiles(projects, configuration, environment).translate();
    }

    private static Map<String, String> with(Map<String, String> settings) {
        Map<String, String> all = new LinkedHashMap<>(DEFAULTS);
        all.putAll(settings);
        return all;
    }

    /** A {@code configuration:} with one key. */
    private static String yaml(ProxyKey key, String value) {
        String[] path = key.path.split("\\.", -1);
        return path.length == 1
                ? "configuration:\n  " + path[0] + ": " + value + "\n"
                : "configuration:\n  " + path[0] + ":\n    " + path[1] + ": " + value + "\n";
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }
}
