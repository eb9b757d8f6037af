package io.variate.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.variate.config.InvalidSettingsException;
import io.variate.config.Settings;
import io.variate.config.SettingsLoader;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NodeSettingsTest {
    private static final Path SHIPPED = Path.of("conf/variate.yaml");
    private static final Map<String, String> CREDENTIALS = Map.of(
            "AMPLITUDE_API_KEY", "the-api-key",
            "AMPLITUDE_SECRET_KEY", "the-secret-key",
            "AMPLITUDE_EXPERIMENT_MANAGEMENT_API_KEY", "the-management-key");

    private static final String PROJECT =
            "projects:\n  - {apiKey: the-api-key, secretKey: the-secret-key, managementKey: the-management-key}\n";

    @TempDir
    Path directory;

    @Test
    void variablesOfTheProxyStartItsReplacementBesideTheShippedFile() {
        NodeSettings loaded = load(null, SHIPPED, CREDENTIALS);

        assertThat(loaded.settings())
                .isEqualTo(SettingsLoader.load(
                        null,
                        Map.of(
                                "VARIATE_HTTP_PORT", "3546",
                                "VARIATE_METRICS_ENABLED", "true",
                                "VARIATE_AMPLITUDE_EVENTS", "true",
                                "VARIATE_UPSTREAM_API_KEY", "the-api-key",
                                "VARIATE_UPSTREAM_SECRET_KEY", "the-secret-key",
                                "VARIATE_UPSTREAM_MANAGEMENT_KEY", "the-management-key")));
        assertThat(loaded.notices()).containsExactly("starting in place of evaluation-proxy");
    }

    @Test
    void theDefaultFileOfTheProxyStartsItsReplacement() throws IOException {
        write("evaluation-proxy-config.yaml", PROJECT + "configuration: {flagSyncIntervalMillis: 10000}\n");

        Settings settings = load(null, SHIPPED, Map.of()).settings();

        assertThat(settings.http().port()).isEqualTo(3546);
        assertThat(settings.upstream().flagsInterval()).isEqualTo(Duration.ofSeconds(10));
        assertThat(settings.upstream().projects()).hasSize(1);
        assertThat(settings.admin().isOnLoopback()).isTrue();
    }

    @Test
    void variablesNameTheFilesOfTheProxy() throws IOException {
        Path projects = write("projects.yaml", PROJECT);
        Path configuration = write("config.json", "{\"configuration\": {\"port\": 4000}}");

        Settings settings = load(
                        null,
                        SHIPPED,
                        Map.of(
                                "PROXY_CONFIG_FILE_PATH", configuration.toString(),
                                "PROXY_PROJECTS_FILE_PATH", projects.toString()))
                .settings();

        assertThat(settings.http().port()).isEqualTo(4000);
        assertThat(settings.upstream().projects()).hasSize(1);
    }

    @Test
    void theEnvironmentReplacesAFileThatDoesNotExist() {
        Map<String, String> environment = new HashMap<>(CREDENTIALS);
        environment.put(
                "PROXY_CONFIG_FILE_PATH", directory.resolve("missing.yaml").toString());
        environment.put("AMPLITUDE_PORT", "4000");

        assertThat(load(null, SHIPPED, environment).settings().http().port()).isEqualTo(4000);
    }

    @Test
    void aNamedFileIsLoadedInItsFormat() throws IOException {
        Path ofProxy = write("named.yaml", PROJECT);
        Path withoutProjects = write("without-projects.yaml", "configuration: {port: 4000}\n");
        Path own = write("own.yaml", "http: {port: 9000}\n");

        assertThat(load(ofProxy, SHIPPED, Map.of()).settings().http().port()).isEqualTo(3546);
        assertThat(load(withoutProjects, SHIPPED, CREDENTIALS).settings().http().port())
                .isEqualTo(4000);
        NodeSettings native_ = load(own, SHIPPED, CREDENTIALS);
        assertThat(native_.settings().http().port()).isEqualTo(9000);
        assertThat(native_.settings().upstream().isSet()).isFalse();
        assertThat(native_.notices())
                .singleElement()
                .asString()
                .startsWith("ignoring the configuration of evaluation-proxy");
    }

    @ParameterizedTest
    @CsvSource({
        "VARIATE_POSTGRES_URI, postgresql://user@host/database",
        "VARIATE_RULESETS_FILE, ruleset.json",
        "VARIATE_UPSTREAM_DEPLOYMENT_KEYS, server-key",
        "VARIATE_UPSTREAM_PROJECTS_MOBILE_DEPLOYMENT_KEYS, server-key"
    })
    void aSourceOfItsOwnTakesPrecedence(String variable, String value) {
        Map<String, String> environment = new HashMap<>(CREDENTIALS);
        environment.put(variable, value);

        NodeSettings loaded = load(null, SHIPPED, environment);

        assertThat(loaded.settings().http().port()).isEqualTo(8080);
        assertThat(loaded.settings()).isEqualTo(SettingsLoader.load(SHIPPED, environment));
        assertThat(loaded.notices())
                .singleElement()
                .asString()
                .startsWith("ignoring the configuration of evaluation-proxy");
    }

    @Test
    void aSourceInTheDefaultFileTakesPrecedence() throws IOException {
        Path own = write("own.yaml", "rulesets: {file: ruleset.json}\n");

        assertThat(load(null, own, CREDENTIALS).settings().upstream().isSet()).isFalse();
    }

    @Test
    void withoutAnyConfigurationANodeStartsAsItself() {
        NodeSettings loaded = load(null, directory.resolve("missing.yaml"), Map.of());

        assertThat(loaded.settings()).isEqualTo(SettingsLoader.load(null, Map.of()));
        assertThat(loaded.notices()).isEmpty();
    }

    @Test
    void variablesOfThisServerOverrideThoseOfTheProxy() {
        Map<String, String> environment = new HashMap<>(CREDENTIALS);
        environment.put("AMPLITUDE_PORT", "4000");
        environment.put("VARIATE_HTTP_PORT", "5000");
        environment.put("VARIATE_UPSTREAM_FLAGS_URL", "http://mirror");

        Settings settings = load(null, SHIPPED, environment).settings();

        assertThat(settings.http().port()).isEqualTo(5000);
        assertThat(settings.upstream().flagsUrl()).isEqualTo(URI.create("http://mirror"));
        assertThat(settings.upstream().projects()).hasSize(1);
    }

    @Test
    void reportsAllProblemsAtOnceWithTheVariablesOfTheProxy() {
        InvalidSettingsException rejection = catchThrowableOfType(
                InvalidSettingsException.class,
                () -> load(
                        null,
                        SHIPPED,
                        Map.of(
                                "AMPLITUDE_API_KEY", "the-api-key",
                                "AMPLITUDE_SECRET_KEY", "the-secret-key",
                                "AMPLITUDE_PORT", "tcp://10.0.0.1:80",
                                "AMPLITUDE_SERVER_ZONE", "ASIA",
                                "AMPLITUDE_SERVER_URL", "https://user:the-password@host",
                                "AMPLITUDE_MAX_COHORT_SIZE", "many",
                                "AMPLITUDE_METRICS_PATH", "a?b",
                                "AMPLITUDE_FLAG_SYNC_INTERVAL_MILLIS", "1m",
                                "VARIATE_LOG_FORMAT", "xml")));

        assertThat(rejection.problems())
                .anySatisfy(problem ->
                        assertThat(problem).startsWith("http.port (from AMPLITUDE_PORT): must be an integer"))
                .anySatisfy(problem ->
                        assertThat(problem).startsWith("upstream.zone (from AMPLITUDE_SERVER_ZONE): must be"))
                .anySatisfy(problem -> assertThat(problem).startsWith("upstream.flags-url (from AMPLITUDE_SERVER_URL)"))
                .anySatisfy(problem ->
                        assertThat(problem).startsWith("upstream.max-cohort-size (from AMPLITUDE_MAX_COHORT"))
                .anySatisfy(problem -> assertThat(problem).startsWith("metrics.path (from AMPLITUDE_METRICS_PATH)"))
                .anySatisfy(problem -> assertThat(problem).startsWith("AMPLITUDE_FLAG_SYNC_INTERVAL_MILLIS: must be"))
                .anySatisfy(problem ->
                        assertThat(problem).isEqualTo("AMPLITUDE_EXPERIMENT_MANAGEMENT_API_KEY: is required"))
                .anySatisfy(problem -> assertThat(problem).startsWith("log.format (from VARIATE_LOG_FORMAT)"));
        assertThat(rejection.getMessage()).doesNotContain("the-api-key", "the-secret-key", "the-password");
    }

    @Test
    void printsNoSecrets() {
        assertThat(load(null, SHIPPED, CREDENTIALS).toString())
                .doesNotContain("the-api-key", "the-secret-key", "the-management-key");
    }

    private NodeSettings load(@Nullable Path named, Path byDefault, Map<String, String> environment) {
        return NodeSettings.load(named, byDefault, environment, directory.resolve("evaluation-proxy-config.yaml"));
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }
}
