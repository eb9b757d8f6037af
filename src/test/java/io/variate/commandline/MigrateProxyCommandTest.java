package io.variate.commandline;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.config.Settings;
import io.variate.config.SettingsLoader;
import io.variate.proxy.NodeSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MigrateProxyCommandTest {
    private static final String TWO_PROJECTS = """
            projects:
              - apiKey: first-key
                secretKey: 'first "secret" \\ with: # everything'
                managementKey: first-management
              - {apiKey: second-key, secretKey: second-secret, managementKey: "1e5"}
            configuration:
              port: 4000
              serverZone: EU
              serverUrl: http://front:8080/amp
              analyticsServerUrl: https://api.eu.amplitude.com
              flagSyncIntervalMillis: 1500
              maxCohortSize: 1000
              assignment: {filterCapacity: 5000, useBatchMode: false}
              metrics: {port: 9999, path: proxy/metrics}
              redis: {uri: "redis://:redis-password@redis:6379"}
            """;

    @TempDir
    Path directory;

    @Test
    void printsSettingsThatMeanTheSame() throws IOException {
        Path file = write("proxy.yaml", TWO_PROJECTS);

        Run run = Run.in(Map.of(), "migrate-proxy", "--with-secrets", file.toString());

        assertThat(run.status()).isEqualTo(0);
        assertThat(SettingsLoader.load(output(run), Map.of())).isEqualTo(asProxy(file));
    }

    @Test
    void namesTheVariablesOfSecretsInsteadOfPrintingThem() throws IOException {
        Path file = write("proxy.yaml", TWO_PROJECTS);

        Run run = Run.in(Map.of(), "migrate-proxy", file.toString());

        assertThat(run.status()).isEqualTo(0);
        assertThat(run.out() + run.err())
                .doesNotContain("first-key", "secret\"", "first-management", "second-key", "second-secret", "1e5")
                .doesNotContain("redis-password")
                .contains("VARIATE_UPSTREAM_PROJECTS_PROJECT_9E24B553_API_KEY");
        Map<String, String> secrets = new HashMap<>();
        secrets.put("VARIATE_UPSTREAM_PROJECTS_PROJECT_9E24B553_API_KEY", "first-key");
        secrets.put("VARIATE_UPSTREAM_PROJECTS_PROJECT_9E24B553_SECRET_KEY", "first \"secret\" \\ with: # everything");
        secrets.put("VARIATE_UPSTREAM_PROJECTS_PROJECT_9E24B553_MANAGEMENT_KEY", "first-management");
        secrets.put("VARIATE_UPSTREAM_PROJECTS_PROJECT_F397F260_API_KEY", "second-key");
        secrets.put("VARIATE_UPSTREAM_PROJECTS_PROJECT_F397F260_SECRET_KEY", "second-secret");
        secrets.put("VARIATE_UPSTREAM_PROJECTS_PROJECT_F397F260_MANAGEMENT_KEY", "1e5");
        assertThat(run.out())
                .containsAll(
                        secrets.keySet().stream().map(name -> "#   " + name).toList());
        assertThat(SettingsLoader.load(output(run), secrets)).isEqualTo(asProxy(file));
    }

    @Test
    void printsKeysWithoutEffectOnStandardError() throws IOException {
        Path file = write("proxy.yaml", TWO_PROJECTS);

        assertThat(Run.in(Map.of(), "migrate-proxy", file.toString()).err())
                .startsWith("notice: configuration.redis.uri in " + file + ": ignored, because Redis is not needed")
                .hasLineCount(1);
    }

    @Test
    void readsTheEnvironmentWithoutAFile() throws IOException {
        Map<String, String> environment = Map.of(
                "AMPLITUDE_API_KEY", "key",
                "AMPLITUDE_SECRET_KEY", "secret",
                "AMPLITUDE_EXPERIMENT_MANAGEMENT_API_KEY", "management",
                "AMPLITUDE_PORT", "4000");

        Run run = Run.in(environment, "migrate-proxy", "--with-secrets");

        assertThat(run.err()).isEmpty();
        Settings settings = SettingsLoader.load(output(run), Map.of());
        assertThat(settings.http().port()).isEqualTo(4000);
        assertThat(settings)
                .isEqualTo(NodeSettings.load(null, directory.resolve("none"), environment)
                        .settings());
    }

    @Test
    void readsTwoFilesInAnyOrder() throws IOException {
        String projects = write("projects.yaml", "projects: [{apiKey: a, secretKey: s, managementKey: m}]\n")
                .toString();
        String rest = write("rest.yaml", "configuration: {port: 4000}\n").toString();

        Run run = Run.in(Map.of(), "migrate-proxy", rest, projects);

        assertThat(run.out()).contains("  port: 4000");
        assertThat(run).isEqualTo(Run.in(Map.of(), "migrate-proxy", projects, rest));
    }

    @Test
    void readsTheEnvironmentForProjectsThatAFileLeavesOut() throws IOException {
        String rest = write("rest.yaml", "configuration: {port: 4000}\n").toString();
        Map<String, String> environment = Map.of(
                "AMPLITUDE_API_KEY", "key",
                "AMPLITUDE_SECRET_KEY", "secret",
                "AMPLITUDE_EXPERIMENT_MANAGEMENT_API_KEY", "management");

        assertThat(Run.in(environment, "migrate-proxy", rest).status()).isEqualTo(1);
        assertThat(Run.in(environment, "migrate-proxy", "--environment", rest).out())
                .contains("  port: 4000", "#   VARIATE_UPSTREAM_API_KEY");
    }

    @Test
    void rejectsTwoFilesWithProjects() throws IOException {
        String one = write("one.yaml", "projects: [{apiKey: a, secretKey: s, managementKey: m}]\n")
                .toString();
        String two = write("two.yaml", "projects: [{apiKey: b, secretKey: s, managementKey: m}]\n")
                .toString();

        Run run = Run.in(Map.of(), "migrate-proxy", one, two);

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err()).contains("projects: must be in one of the two files, and not in the other");
    }

    @Test
    void listsProblemsWithStatusOne() throws IOException {
        Path file = write("proxy.yaml", "projects: [{apiKey: a}]\nconfiguration: {port: x}\n");

        Run run = Run.in(Map.of(), "migrate-proxy", file.toString());

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.err())
                .contains("projects[0].secretKey in " + file + ": is required")
                .contains("http.port (from configuration.port in " + file + "): must be an integer from 0 to 65535");
    }

    @ParameterizedTest
    @CsvSource({
        "migrate-proxy --nonsense, unknown option '--nonsense' of migrate-proxy",
        "migrate-proxy pom.xml README.md LICENSE, migrate-proxy requires at most two files",
        "migrate-proxy missing.yaml, 'missing.yaml: cannot be read'"
    })
    void rejectsInvalidArguments(String arguments, String message) {
        Run run = Run.in(Map.of(), arguments.split(" "));

        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).startsWith("variate: " + message + "\n");
    }

    private Settings asProxy(Path file) {
        return NodeSettings.load(file, directory.resolve("none"), Map.of()).settings();
    }

    private Path output(Run run) throws IOException {
        return write("settings.yaml", String.join("\n", run.out()) + "\n");
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }
}
