package io.variate.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerProcessTest {

    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void runsAMainClassWithArgumentsEnvironmentAndWorkingDirectory() throws Exception {
        try (ServerProcess process = start("one", "zwei mit Ümlaut")) {
            process.awaitLine("^arguments \\[one, zwei mit Ümlaut]$", LONG);
            process.awaitLine("^colour teal$", LONG);
            assertThat(process.awaitLine("^directory ", LONG))
                    .endsWith(directory.toRealPath().toString());
            assertThat(process.output()).startsWith("arguments [one, zwei mit Ümlaut]", "colour teal");
            assertThat(process.outputFile()).content().startsWith("arguments [one, zwei mit Ümlaut]\ncolour teal\n");
        }
    }

    @Test
    void tellsHowTheProcessEnded() {
        try (ServerProcess process = start()) {
            process.awaitLine("^waiting", LONG);
            process.sendSignal("TERM");
            assertThat(process.exitCode(LONG)).isEqualTo(143);
            process.awaitLine("^bye$", LONG);
        }
    }

    @Test
    void killsOnCloseEvenWhatIsSuspended() {
        long pid;
        try (ServerProcess process = start()) {
            process.awaitLine("^waiting", LONG);
            process.sendSignal("STOP");
            pid = process.pid();
        }
        assertThat(ProcessHandle.of(pid)).isEmpty();
    }

    @Test
    void showsTheOutputWhenTheLineDoesNotCome() {
        try (ServerProcess process = start()) {
            process.awaitLine("^waiting", LONG);
            assertThatThrownBy(() -> process.awaitLine("never", Duration.ofMillis(1)))
                    .hasMessageContaining("colour teal");

            process.sendSignal("KILL");
            assertThatThrownBy(() -> process.awaitLine("never", LONG)).hasMessageContaining("before the end");
        }
    }

    private ServerProcess start(String... arguments) {
        return ServerProcess.start(
                List.of("-Xshare:auto"),
                Program.class.getName(),
                List.of(arguments),
                Map.of("COLOUR", "teal"),
                directory);
    }

    /** Tells what it was given, then waits for its end. */
    static final class Program {

        private Program() {}

        public static void main(String[] arguments) throws InterruptedException {
            System.out.println("arguments " + List.of(arguments));
            System.err.println("colour " + System.getenv("COLOUR"));
            System.out.println("directory " + System.getProperty("user.dir"));
            Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("bye")));
            System.out.println("waiting");
            Thread.currentThread().join();
        }
    }
}
