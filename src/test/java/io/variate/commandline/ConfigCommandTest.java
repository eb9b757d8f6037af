package io.variate.commandline;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.config.SettingsLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigCommandTest {
    @TempDir
    Path directory;

    @Test
    void printsASettingsFileThatMeansTheSame() throws IOException {
        Path file = Files.writeString(directory.resolve("a.yaml"), """
                http: {port: 9000, cors-origins: ["https://a.example", "https://b.example"], drain-timeout: 90s}
                node: {id: "it's: #1", roles: [http, evaluator, analytics]}
                """);
        Map<String, String> environment = Map.of("VARIATE_EVALUATION_TIMEOUT", "250ms");

        Run run = Run.in(environment, "config", file.toString());

        assertThat(run.status()).isEqualTo(0);
        Path printed = Files.writeString(directory.resolve("printed.yaml"), String.join("\n", run.out()));
        assertThat(SettingsLoader.load(printed, Map.of())).isEqualTo(SettingsLoader.load(file, environment));
    }

    @Test
    void namesTheOriginOfEachSetting() throws IOException {
        Path file = Files.writeString(directory.resolve("a.yaml"), "http: {port: 9000}\n");

        Run run = Run.in(Map.of("VARIATE_HTTP_HOST", "127.0.0.1"), "config", file.toString());

        assertThat(run.out())
                .contains("  host: 127.0.0.1  # VARIATE_HTTP_HOST", "  port: 9000  # file", "  page: false  # default");
    }

    @Test
    void masksSecretsFromEverySource() throws IOException {
        Path token = Files.writeString(directory.resolve("token"), "hush-1");
        Map<String, String> environment = new HashMap<>();
        environment.put("VARIATE_ADMIN_TOKEN_FILE", token.toString());
        environment.put("VARIATE_UPSTREAM_API_KEY", "hush-2");
        environment.put("VARIATE_UPSTREAM_SECRET_KEY", "hush-3");
        environment.put("VARIATE_UPSTREAM_DEPLOYMENT_KEYS", "hush-4,hush-5");
        Path file = Files.writeString(directory.resolve("a.yaml"), "cluster: {password: hush-hush-hush-6}\n");

        Run run = Run.in(environment, "config", file.toString());

        assertThat(run.status()).isEqualTo(0);
        assertThat(run.out() + run.err()).doesNotContain("hush");
        assertThat(run.out())
                .contains(
                        "  token: '***'  # VARIATE_ADMIN_TOKEN_FILE",
                        "  deployment-keys: '***'  # VARIATE_UPSTREAM_DEPLOYMENT_KEYS");
    }

    @Test
    void listsTheProblemsOfInvalidSettings() throws IOException {
        Path file = Files.writeString(directory.resolve("a.yaml"), "http: {port: many}\n");

        Run run = Run.in(Map.of("VARIATE_HTTP_PROT", "1"), "config", file.toString());

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err())
                .contains("http.port", "VARIATE_HTTP_PROT: unknown variable; did you mean VARIATE_HTTP_PORT?");
    }
}
