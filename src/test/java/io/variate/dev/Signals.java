package io.variate.dev;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Sends signals that {@link ProcessHandle} does not support. */
final class Signals {

    private Signals() {}

    /**
     * Whether processes that this one starts ignore SIGINT. A shell starts background jobs that way, and a JVM that
     * inherits the disposition keeps it. False where {@code /proc} is missing.
     */
    static boolean childrenIgnoreInt() {
        Path status = Path.of("/proc/self/status");
        if (!Files.isReadable(status)) {
            return false;
        }
        try (Stream<String> lines = Files.lines(status)) {
            return lines.filter(line -> line.startsWith("SigIgn:"))
                    .map(line -> line.substring("SigIgn:".length()).strip())
                    // Bit n - 1 stands for signal n; SIGINT is 2.
                    .anyMatch(mask -> (Long.parseUnsignedLong(mask, 16) & 0b10) != 0);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + status, e);
        }
    }

    /**
     * Sends a signal by its short name, such as {@code INT}. A process that is gone already is no error.
     *
     * @throws UncheckedIOException if the shell cannot be started
     */
    static void send(long pid, String signal) {
        try {
            // The shell's built-in kill: slim images have no kill program.
            new ProcessBuilder("sh", "-c", "kill -s \"$0\" \"$1\"", signal, Long.toString(pid))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot send SIG" + signal + " to process " + pid, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while sending SIG" + signal + " to process " + pid, e);
        }
    }
}
