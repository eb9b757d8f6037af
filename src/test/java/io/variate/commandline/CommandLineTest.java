package io.variate.commandline;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {

    @ParameterizedTest
    @CsvSource({
        "validate,true",
        "evaluate,true",
        "--help,true",
        "--version,true",
        "--nonsense,true",
        "validat,true",
        "'',true",
        "settings.yaml,false",
        "./validate,false",
        "conf/variate.yaml,false",
        "conf/settings,false",
        "LICENSE,false"
    })
    void distinguishesCommandsFromSettingsFiles(String argument, boolean command) {
        assertThat(CommandLine.accepts(argument)).isEqualTo(command);
    }

    @Test
    void startsANodeWithoutArguments() {
        assertThat(CommandLine.accepts()).isFalse();
    }

    @Test
    void rejectsArgumentsAfterASettingsFile() {
        assertThat(CommandLine.accepts("settings.yaml", "more")).isTrue();
        assertThat(Run.of("", "settings.yaml", "more").err()).contains("must be the only argument");
    }

    @ParameterizedTest
    @CsvSource({
        "validat, unknown command 'validat'",
        "--nonsense, unknown command '--nonsense'",
        "validate, validate requires one file",
        "validate a b, validate requires one file",
        "validate --stric a, unknown option '--stric' of validate",
        "evaluate --ruleset, --ruleset requires one file",
        "evaluate --ruleset a --ruleset b, --ruleset requires one file",
        "evaluate --trace, unknown option '--trace' of evaluate",
        "'evaluate lines', 'evaluate reads lines from standard input, not from ''lines'''"
    })
    void rejectsInvalidArgumentsWithTheUsageAndStatusTwo(String arguments, String message) {
        Run run = Run.of("", arguments.split(" "));

        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).startsWith("variate: " + message + "\nusage: ");
        assertThat(run.out()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "validate --help", "evaluate --help"})
    void printsHelpOnStandardOutput(String arguments) {
        Run run = Run.of("", arguments.split(" "));

        assertThat(run.status()).isEqualTo(0);
        assertThat(run.out().get(0)).startsWith("usage: ");
        assertThat(run.err()).isEmpty();
    }

    @Test
    void printsItsVersion() {
        assertThat(Run.of("", "--version").out()).singleElement().asString().startsWith("variate ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"validate", "evaluate --ruleset"})
    void failsWithStatusTwoForAMissingFile(String arguments, @TempDir Path directory) {
        Path missing = directory.resolve("missing.json");

        Run run = Run.of("", (arguments + " " + missing).split(" "));

        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).startsWith("variate: " + missing).hasLineCount(1);
    }

    @Test
    void failsToEvaluateAFileThatIsNotARuleset(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("r.json"), "7");

        Run run = Run.of("{\"user\":{}}", "evaluate", "--ruleset", file.toString());

        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("$: must be a ruleset document or a list of flags", "is not a ruleset");
        assertThat(run.out()).isEmpty();
    }

    @Test
    void failsWhenTheOutputIsClosed() {
        OutputStream broken = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("Broken pipe");
            }
        };
        InputStream in = new ByteArrayInputStream("{}\n".getBytes(StandardCharsets.UTF_8));
        ByteArrayOutputStream err = new ByteArrayOutputStream();

        int status = new CommandLine(in, broken, new PrintStream(err, true, StandardCharsets.UTF_8), Map.of())
                .run("evaluate");

        assertThat(status).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("variate: Broken pipe" + System.lineSeparator());
    }
}
