package io.variate.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.variate.config.Settings.Role;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsLoaderTest {
    private static final Pattern KEY = Pattern.compile("((?:  )*)([a-z-]+):.*");

    @TempDir
    Path directory;

    @Test
    void theShippedFileContainsTheDefaults() {
        assertThat(SettingsLoader.load(Path.of("conf/variate.yaml"), Map.of()))
                .isEqualTo(SettingsLoader.load(null, Map.of()));
    }

    @Test
    void theShippedFileContainsEverySetting() throws IOException {
        SettingsReader reader = new SettingsReader(Map.of(), Map.of(), "VARIATE_", new ArrayList<>());
        Settings.read(reader);
        Set<String> documented = new TreeSet<>();
        String section = "";
        for (String line : Files.readAllLines(Path.of("conf/variate.yaml"))) {
            Matcher matcher = KEY.matcher(line);
            if (matcher.matches()) {
                int depth = matcher.group(1).length() / 2;
                section = String.join(".", List.of(section.split("\\.")).subList(0, depth == 0 ? 0 : depth));
                section = (depth == 0 ? "" : section + ".") + matcher.group(2);
                documented.add(section);
            }
        }
        // Names of projects, and sections that are no settings themselves.
        documented.removeIf(path ->
                path.endsWith(".projects") || reader.known().stream().anyMatch(known -> known.startsWith(path + ".")));
        assertThat(documented).isEqualTo(new TreeSet<>(reader.known()));
    }

    @Test
    void reportsAShortClusterPasswordAndIncompleteTlsFilesTogether() {
        InvalidSettingsException rejection = catchThrowableOfType(
                InvalidSettingsException.class,
                () -> SettingsLoader.load(
                        null,
                        Map.of(
                                "VARIATE_CLUSTER_ENABLED", "true",
                                "VARIATE_CLUSTER_PASSWORD", "too-short",
                                "VARIATE_CLUSTER_TLS_KEY", "key.pem")));
        assertThat(rejection.getMessage())
                .contains("cluster.password: must have at least 16 characters")
                .contains("cluster.tls: certificate, key and authority must be set together")
                .doesNotContain("too-short");
    }

    @Test
    void environmentVariablesOverrideTheFile() throws IOException {
        Path file = write("http:\n  port: 9000\n  max-url-length: 2048\n");
        Settings settings = SettingsLoader.load(file, Map.of("VARIATE_HTTP_MAX_URL_LENGTH", "4096"));
        assertThat(settings.http().port()).isEqualTo(9000);
        assertThat(settings.http().maxUrlLength()).isEqualTo(4096);
    }

    @Test
    void anEmptyEnvironmentVariableCountsAsUnset() {
        assertThat(SettingsLoader.load(null, Map.of("VARIATE_HTTP_PORT", ""))
                        .http()
                        .port())
                .isEqualTo(8080);
    }

    @Test
    void acceptsListsWithCommasOrAsYaml() throws IOException {
        Path file = write("node:\n  roles: [http, evaluator]\ncluster:\n  enabled: true\n  members: a:5701, b\n");
        Settings settings = SettingsLoader.load(file, Map.of());
        assertThat(settings.node().roles()).containsExactlyInAnyOrder(Role.HTTP, Role.EVALUATOR);
        assertThat(settings.cluster().members()).containsExactly("a:5701", "b");
    }

    @Test
    void reportsAllProblemsAtOnce() throws IOException {
        Path file = write("http:\n  prot: 1\n  port: many\nnode:\n  roles: http,judge\nnonsense: 3\n");
        assertThat(problemsOf(file, Map.of("VARIATE_EVALUATION_TIMEOUT", "soon")))
                .containsExactlyInAnyOrder(
                        "http.prot: unknown setting",
                        "nonsense: unknown setting",
                        "http.port: must be an integer from 0 to 65535, was 'many'",
                        "node.roles: must be one or more of http, evaluator, analytics, forwarder, was 'judge'",
                        "evaluation.timeout (from VARIATE_EVALUATION_TIMEOUT): must be a duration such as 250ms, 5s,"
                                + " 10m or 1h, from 1ms to 24h, was 'soon'");
    }

    @Test
    void rejectsSettingsThatContradictEachOther() {
        assertThat(problemsOf(
                        null,
                        Map.of(
                                "VARIATE_ADMIN_HOST", "0.0.0.0",
                                "VARIATE_NODE_ROLES", "http",
                                "VARIATE_RULESETS_FILE", "flags.json",
                                "VARIATE_POSTGRES_URI", "postgresql://u@localhost/variate")))
                .satisfiesExactlyInAnyOrder(
                        problem -> assertThat(problem).startsWith("admin.token: required"),
                        problem -> assertThat(problem).startsWith("node.roles: http without evaluator"),
                        problem -> assertThat(problem).startsWith("rulesets.file: cannot be combined"));
    }

    @ParameterizedTest
    @CsvSource({"0.0.0.0, k7", "192.168.1.1, fifteen-letters", "::, '   padded   '"})
    void rejectsAShortAdminTokenOffLoopback(String host, String token) {
        assertThat(problemsOf(null, Map.of("VARIATE_ADMIN_HOST", host, "VARIATE_ADMIN_TOKEN", token)))
                .singleElement()
                .asString()
                .startsWith("admin.token: must have at least 16 characters because admin.host is " + host)
                .doesNotContain(token);
    }

    @ParameterizedTest
    @CsvSource({"0.0.0.0, sixteen-letters-", "127.0.0.1, short", "localhost, short", "::1, short"})
    void acceptsAShortAdminTokenOnLoopback(String host, String token) {
        Settings settings = SettingsLoader.load(null, Map.of("VARIATE_ADMIN_HOST", host, "VARIATE_ADMIN_TOKEN", token));

        assertThat(settings.admin().token()).isNotNull();
    }

    @Test
    void rejectsAnInvalidDatabaseUriWithoutQuotingIt() {
        assertThat(problemsOf(null, Map.of("VARIATE_POSTGRES_URI", "mysql://user:hush@host/db")))
                .containsExactly("postgres.uri: must start with postgresql:// or postgres://");
    }

    @Test
    void rejectsAnEvaluatorWhoseEventsNoNodeCanDeliver() {
        assertThat(problemsOf(null, Map.of("VARIATE_NODE_ROLES", "evaluator")))
                .singleElement()
                .asString()
                .startsWith("node.roles: evaluator without analytics");
    }

    @Test
    void rejectsAFileThatIsNestedTooDeeply() throws IOException {
        Path file = write("a: " + "[".repeat(50_000));

        assertThat(catchThrowableOfType(InvalidSettingsException.class, () -> SettingsLoader.load(file, Map.of()))
                        .getMessage())
                .contains("is nested too deeply");
    }

    @Test
    void rejectsAFileThatIsNotYaml() throws IOException {
        assertThat(problemsOf(write("http: [unclosed"), Map.of()))
                .singleElement()
                .asString()
                .contains("is not valid YAML");
    }

    @Test
    void doesNotQuoteAPasswordFromInvalidYaml() throws IOException {
        assertThat(problemsOf(write("postgres:\n  uri: \"postgresql://u:hush@h/db\n"), Map.of()))
                .singleElement()
                .asString()
                .contains("is not valid YAML", "line")
                .doesNotContain("hush");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::"})
    void rejectsAWildcardClusterAddress(String any) {
        assertThat(problemsOf(null, Map.of("VARIATE_CLUSTER_ENABLED", "true", "VARIATE_CLUSTER_HOST", any)))
                .containsExactly(
                        "cluster.host: must be a specific address of this node, because other nodes connect to it");
    }

    @Test
    void rejectsDurationsBelowOneMillisecondOrAboveADay() {
        assertThat(problemsOf(
                        null,
                        Map.of("VARIATE_RULESETS_CHECK_INTERVAL", "0ms", "VARIATE_POSTGRES_CONNECT_TIMEOUT", "999h")))
                .hasSize(2)
                .allSatisfy(problem -> assertThat(problem).contains("from 1ms to 24h"));
    }

    @Test
    void rejectsAMissingFile() {
        assertThat(problemsOf(directory.resolve("absent.yaml"), Map.of()))
                .singleElement()
                .asString()
                .startsWith("cannot read");
    }

    @Test
    void doesNotPrintSecrets() {
        Settings settings = SettingsLoader.load(
                null,
                Map.of(
                        "VARIATE_ADMIN_TOKEN", "hush-1",
                        "VARIATE_POSTGRES_URI", "postgresql://u:hush-2@h/d",
                        "VARIATE_PROJECT_API_KEY", "hush-3",
                        "VARIATE_PROJECT_SECRET_KEY", "hush-4",
                        "VARIATE_CLUSTER_PASSWORD", "hush-hush-hush-5"));
        assertThat(settings.toString()).doesNotContain("hush");
    }

    @Test
    void rejectsAnUnknownVariableAndSuggestsTheOneThatIsMeant() {
        assertThat(problemsOf(Map.of("VARIATE_ADMIN_TOKKEN", "hush", "VARIATE_WHATEVER", "hush")))
                .contains("VARIATE_ADMIN_TOKKEN: unknown variable; did you mean VARIATE_ADMIN_TOKEN?")
                .contains("VARIATE_WHATEVER: unknown variable")
                .doesNotContain("hush");
    }

    @Test
    void ignoresTheVariablesThatKubernetesAddsForServicesWithOurName() {
        Settings settings = SettingsLoader.load(
                null,
                Map.of(
                        "VARIATE_PORT", "tcp://10.0.0.7:8080",
                        "VARIATE_SERVICE_HOST", "10.0.0.7",
                        "VARIATE_SERVICE_PORT", "8080",
                        "VARIATE_SERVICE_PORT_HTTP", "8080",
                        "VARIATE_PORT_8080_TCP", "tcp://10.0.0.7:8080",
                        "VARIATE_PORT_8080_TCP_PROTO", "tcp",
                        "VARIATE_PORT_8080_TCP_PORT", "8080",
                        "VARIATE_PORT_8080_TCP_ADDR", "10.0.0.7",
                        // Of a service variate-admin: the name of a setting.
                        "VARIATE_ADMIN_PORT", "tcp://10.0.0.8:8081"));

        assertThat(settings.admin().port()).isEqualTo(8081);
    }

    @Test
    void acceptsTheVariablesOfCommandsAndDevelopmentServers() {
        assertThat(SettingsLoader.load(
                        null,
                        Map.of("VARIATE_CONFIG", "x.yaml", "VARIATE_TOKEN", "hush", "VARIATE_DEV_DIR", "data/dev")))
                .isEqualTo(SettingsLoader.load(null, Map.of()));
    }

    @Test
    void readsASecretFromTheFileThatAVariableNames() throws IOException {
        Path file = Files.writeString(directory.resolve("token"), "a token in a file\r\n");

        Settings settings = SettingsLoader.load(null, Map.of("VARIATE_ADMIN_TOKEN_FILE", file.toString()));

        assertThat(settings.admin().token()).isEqualTo(new Secret("a token in a file"));
    }

    @Test
    void readsTheKeysOfAProjectThatOnlyFilesName() throws IOException {
        Path api = Files.writeString(directory.resolve("api"), "api-key");
        Path secret = Files.writeString(directory.resolve("secret"), "secret-key");
        Path keys = Files.writeString(directory.resolve("keys"), "key-1, key-2\n");

        Settings settings = SettingsLoader.load(
                null,
                Map.of(
                        "VARIATE_UPSTREAM_PROJECTS_WEB_SHOP_API_KEY_FILE", api.toString(),
                        "VARIATE_UPSTREAM_PROJECTS_WEB_SHOP_SECRET_KEY_FILE", secret.toString(),
                        "VARIATE_UPSTREAM_PROJECTS_WEB_SHOP_DEPLOYMENT_KEYS_FILE", keys.toString()));

        assertThat(settings.upstream().projects()).singleElement().satisfies(project -> {
            assertThat(project.key()).isEqualTo("web-shop");
            assertThat(project.apiKey()).isEqualTo(new Secret("api-key"));
            assertThat(project.deploymentKeys()).containsExactly(new Secret("key-1"), new Secret("key-2"));
        });
    }

    @Test
    void rejectsASecretTwiceOrInAFileThatHasNone() throws IOException {
        Path empty = Files.writeString(directory.resolve("empty"), "\n");
        Path binary = Files.write(directory.resolve("binary"), new byte[] {(byte) 0xff, 'x'});
        Path large = Files.writeString(directory.resolve("large"), "x".repeat(70_000));

        assertThat(problemsOf(Map.of(
                        "VARIATE_ADMIN_TOKEN", "hush",
                        "VARIATE_ADMIN_TOKEN_FILE", empty.toString(),
                        "VARIATE_PROJECT_API_KEY_FILE", empty.toString(),
                        "VARIATE_PROJECT_SECRET_KEY_FILE", binary.toString(),
                        "VARIATE_CLUSTER_PASSWORD_FILE", large.toString(),
                        "VARIATE_AMPLITUDE_API_KEY_FILE",
                                directory.resolve("missing").toString(),
                        "VARIATE_POSTGRES_URI_FILE", directory.toString())))
                .contains("VARIATE_ADMIN_TOKEN_FILE: cannot be combined with VARIATE_ADMIN_TOKEN")
                .contains("VARIATE_PROJECT_API_KEY_FILE: " + empty + " is empty")
                .contains("VARIATE_PROJECT_SECRET_KEY_FILE: " + binary + " is not UTF-8")
                .contains("VARIATE_CLUSTER_PASSWORD_FILE: " + large + " has more than 65536 bytes")
                .contains("VARIATE_AMPLITUDE_API_KEY_FILE: " + directory.resolve("missing") + " does not exist")
                .contains("VARIATE_POSTGRES_URI_FILE: " + directory + " cannot be read")
                .doesNotContain("hush");
    }

    private static String problemsOf(Map<String, String> environment) {
        InvalidSettingsException rejection =
                catchThrowableOfType(InvalidSettingsException.class, () -> SettingsLoader.load(null, environment));
        return String.valueOf(rejection.getMessage());
    }

    @Test
    void readsDurationsWithUnits() {
        assertThat(SettingsLoader.load(null, Map.of("VARIATE_ASSIGNMENTS_LINGER", "2m"))
                        .assignments()
                        .linger())
                .isEqualTo(Duration.ofMinutes(2));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"node-1:", "node-1:65536", "node-1:5701:1", ":5701", "http://node-1", "node-1,node 2", "::1"})
    void rejectsClusterMembersThatAreNotHostAndPort(String members) {
        assertThat(problemsOf(null, Map.of("VARIATE_CLUSTER_MEMBERS", members)))
                .singleElement()
                .asString()
                .startsWith("cluster.members (from VARIATE_CLUSTER_MEMBERS): must be a list of host or host:port");
    }

    @Test
    void readsPageZonesAsBaseUrlsWithATrailingSlash() {
        assertThat(SettingsLoader.load(
                                null,
                                Map.of(
                                        "VARIATE_HTTP_PAGE_ZONES",
                                        "eu=https://eu.example.com, us=http://localhost:8080/v/"))
                        .http()
                        .pageZones())
                .isEqualTo(Map.of(
                        "eu", URI.create("https://eu.example.com/"), "us", URI.create("http://localhost:8080/v/")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://flags.example",
                "http://10.0.0.1:8080/a/b-c_d.e~f",
                "https://[2001:db8::1]:8443/v",
                "https://flags.example/v%20x/"
            })
    void readsThePublicUrlWithoutATrailingSlash(String url) {
        assertThat(SettingsLoader.load(null, Map.of("VARIATE_HTTP_PUBLIC_URL", url))
                        .http()
                        .publicUrl())
                .isEqualTo(URI.create(url.replaceFirst("/$", "")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "flags.example",
                "/variate",
                "ftp://flags.example",
                "https://",
                "https://user:secret@flags.example",
                "https://flags.example:99999",
                "https://flags.example/a//b",
                "https://flags.example/?a=b",
                "https://flags.example/#a",
                "https://flags.example/a b",
                "https://flags.example/%zz"
            })
    void rejectsAPublicUrlThatIsNotABaseUrl(String url) {
        assertThat(problemsOf(null, Map.of("VARIATE_HTTP_PUBLIC_URL", url)))
                .singleElement()
                .asString()
                .startsWith("http.public-url (from VARIATE_HTTP_PUBLIC_URL): must be an http or https URL")
                .doesNotContain("secret");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://eu.example.com",
                "eu=ftp://host",
                "eu=http://[::1]:8080",
                "eu=https://",
                "eu=https://host; script-src *",
                "eu=http://a/?b"
            })
    void rejectsPageZonesThatAreNotBaseUrls(String zones) {
        assertThat(problemsOf(null, Map.of("VARIATE_HTTP_PAGE_ZONES", zones)))
                .singleElement()
                .asString()
                .startsWith("http.page-zones (from VARIATE_HTTP_PAGE_ZONES): must be a list of zone=URL");
    }

    private Path write(String yaml) throws IOException {
        return Files.writeString(directory.resolve("variate.yaml"), yaml);
    }

    private static List<String> problemsOf(@Nullable Path file, Map<String, String> environment) {
        InvalidSettingsException problems =
                catchThrowableOfType(InvalidSettingsException.class, () -> SettingsLoader.load(file, environment));
        return problems.problems();
    }

    @Test
    void readsTheProjectsOfAnUpstreamFromFileAndVariables() throws IOException {
        Path file =
                write("upstream:\n  management-key: m0\n  projects:\n    web.shop:\n      deployment-keys: [a, b]\n");
        Settings settings = SettingsLoader.load(
                file,
                Map.of(
                        "VARIATE_UPSTREAM_PROJECTS_WEB_SHOP_DEPLOYMENT_KEYS", "",
                        "VARIATE_UPSTREAM_PROJECTS_MOBILE_APP_MANAGEMENT_KEY", "m1",
                        "VARIATE_UPSTREAM_PROJECTS_MOBILE_APP_API_KEY", "api",
                        "VARIATE_UPSTREAM_PROJECTS_MOBILE_APP_SECRET_KEY", "secret"));
        assertThat(settings.upstream().projects())
                .extracting(Upstream.Project::key)
                .containsExactly("", "mobile-app", "web.shop");
        assertThat(settings.upstream().projects().get(2).deploymentKeys())
                .containsExactly(new Secret("a"), new Secret("b"));
        assertThat(settings.amplitude().apiKeys()).containsExactly(Map.entry("mobile-app", new Secret("api")));
    }

    @Test
    void theZoneChoosesTheAddressesOfTheUpstream() {
        Settings settings = SettingsLoader.load(
                null, Map.of("VARIATE_UPSTREAM_ZONE", "eu", "VARIATE_UPSTREAM_COHORTS_URL", "http://localhost:1234/"));
        assertThat(settings.upstream().flagsUrl()).hasToString("https://flag.lab.eu.amplitude.com");
        assertThat(settings.upstream().cohortsUrl()).hasToString("http://localhost:1234");
        assertThat(settings.amplitude().url()).hasToString("https://api.eu.amplitude.com/batch");
    }

    @Test
    void rejectsAnUpstreamBesideADatabaseAndIncompleteProjects() {
        InvalidSettingsException rejection = catchThrowableOfType(
                InvalidSettingsException.class,
                () -> SettingsLoader.load(
                        null,
                        Map.of(
                                "VARIATE_POSTGRES_URI", "postgresql://variate@localhost/x",
                                "VARIATE_UPSTREAM_API_KEY", "api",
                                "VARIATE_AMPLITUDE_EVENTS", "true")));
        assertThat(rejection.getMessage())
                .contains("upstream: cannot be combined with postgres.uri or rulesets.file")
                .contains("upstream: api-key and secret-key must be set together")
                .contains("upstream: management-key or deployment-keys is required");
    }

    @Test
    void theUnnamedProjectHasTheKeysOfItsUpstream() {
        Settings settings = SettingsLoader.load(
                null,
                Map.of(
                        "VARIATE_UPSTREAM_API_KEY", "api",
                        "VARIATE_UPSTREAM_SECRET_KEY", "secret",
                        "VARIATE_UPSTREAM_DEPLOYMENT_KEYS", "server-1"));
        assertThat(settings.project().secretKey()).isEqualTo(new Secret("secret"));
        assertThat(settings.toString()).doesNotContain("server-1");
    }
}
