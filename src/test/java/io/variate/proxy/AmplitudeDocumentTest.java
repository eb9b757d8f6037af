package io.variate.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.commandline.CommandLine;
import io.variate.config.Settings;
import io.variate.config.SettingsLoader;
import io.variate.config.YamlFile;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Files, commands and keys in {@code src/docs/amplitude.md} work as described. */
class AmplitudeDocumentTest {
    private static final Pattern BLOCK =
            Pattern.compile("<!-- ([a-z]+: \\S+) -->\n```[a-z]+\n(.*?)```", Pattern.DOTALL);

    private static String document;
    private static final Map<String, String> BLOCKS = new HashMap<>();

    @TempDir
    Path directory;

    @BeforeAll
    static void read() throws IOException {
        document = Files.readString(Path.of("src/docs/amplitude.md"));
        for (Matcher block = BLOCK.matcher(document); block.find(); ) {
            BLOCKS.put(block.group(1), block.group(2));
        }
    }

    @ParameterizedTest
    @EnumSource(ProxyKey.class)
    void listsEveryKeyOfTheProxy(ProxyKey key) {
        assertThat(document).containsPattern("\\| (.*, )?`" + key.variable + "`.* \\| .*`" + key.path + "`");
    }

    @Test
    void theComposeFileStartsANodeInPlaceOfTheProxy() throws IOException {
        Map<?, ?> compose = map(YamlFile.readText(file("compose.yaml"), new ArrayList<>()));
        Map<?, ?> service = map(map(compose.get("services")).get("evaluation-proxy"));
        Map<String, String> environment = new HashMap<>();
        map(service.get("environment")).forEach((name, value) -> environment.put("" + name, "" + value));

        NodeSettings loaded =
                NodeSettings.load(null, Path.of("conf/variate.yaml"), environment, directory.resolve("none"));

        assertThat(loaded.notices()).hasSize(1);
        assertThat(loaded.settings().upstream().projects()).hasSize(1);
        assertThat((List<?>) service.get("ports"))
                .isEqualTo(List.of(
                        loaded.settings().http().port() + ":3546",
                        loaded.settings().metrics().port() + ":9090"));
    }

    @Test
    void migrateProxyPrintsTheDocumentedOutput() throws IOException {
        Path file = file("evaluation-proxy-config.yaml");
        String[] command = block("command: migrate-proxy").strip().split(" ", -1);
        assertThat(command)
                .startsWith("java", "-jar", "target/variate.jar")
                .endsWith(file.getFileName().toString());
        ByteArrayOutputStream out = new ByteArrayOutputStream();

        int status = new CommandLine(
                        new ByteArrayInputStream(new byte[0]),
                        out,
                        new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
                        Map.of())
                .run(command[3], file.toString());

        assertThat(status).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo(block("output: migrate-proxy"));
    }

    @Test
    void theSettingsOfAnEdgeNodeAreValid() throws IOException {
        Settings settings = SettingsLoader.load(file("edge.yaml"), Map.of());

        assertThat(settings.upstream().isSet()).isTrue();
        assertThat(settings.amplitude().url()).hasToString("https://flags.example.com/batch");
    }

    private Path file(String name) throws IOException {
        return Files.writeString(directory.resolve(name), block("file: " + name));
    }

    private static String block(String marker) {
        return Objects.requireNonNull(BLOCKS.get(marker), marker);
    }

    private static Map<?, ?> map(@Nullable Object node) {
        return (Map<?, ?>) Objects.requireNonNull(node);
    }
}
