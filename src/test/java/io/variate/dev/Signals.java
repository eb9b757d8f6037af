package io.variate.dev;

import java.io.IOException;
import java.io.UncheckedIOException;

/** Sends signals that {@link ProcessHandle} does not support. */
final class Signals {

    private Signals() {}

    /**
     * Sends a signal by its short name, such as {@code INT}. Does nothing if the process has ended.
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
