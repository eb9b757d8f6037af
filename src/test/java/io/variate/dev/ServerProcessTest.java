package io.variate.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class ServerProcessTest {

    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void runsAMainClassWithArgumentsEnvironmentAndWorkingDirectory() throws Exception {
        try (ServerProcess process = start("one", "zwei mit Ümlaut")) {
            process.awaitLine("^arguments \\[one, zwei mit Ümlaut]$", TIMEOUT);
            process.awaitLine("^colour teal$", TIMEOUT);
            assertThat(process.awaitLine("^directory ", TIMEOUT))
                    .endsWith(directory.toRealPath().toString());
            assertThat(process.output()).startsWith("arguments [one, zwei mit Ümlaut]", "colour teal");
            assertThat(process.outputFile()).content().startsWith("arguments [one, zwei mit Ümlaut]\ncolour teal\n");
        }
    }

    @Test
    void returnsTheExitStatus() {
        try (ServerProcess process = start()) {
            process.awaitLine("^waiting", TIMEOUT);
            process.sendSignal("TERM");
            assertThat(process.exitCode(TIMEOUT)).isEqualTo(143);
            process.awaitLine("^bye$", TIMEOUT);
        }
    }

    @Test
    void killsASuspendedProcessOnClose() {
        long pid;
        try (ServerProcess process = start()) {
            process.awaitLine("^waiting", TIMEOUT);
            process.sendSignal("STOP");
            pid = process.pid();
        }
        assertThat(ProcessHandle.of(pid)).isEmpty();
    }

    @Test
    void reportsTheOutputIfNoLineMatches() {
        try (ServerProcess process = start()) {
            process.awaitLine("^waiting", TIMEOUT);
            assertThatThrownBy(() -> process.awaitLine("never", Duration.ofMillis(1)))
                    .hasMessageContaining("colour teal");

            process.sendSignal("KILL");
            assertThatThrownBy(() -> process.awaitLine("never", TIMEOUT)).hasMessageContaining("before the end");
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

    /** Prints its arguments, and waits to be stopped. */
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
