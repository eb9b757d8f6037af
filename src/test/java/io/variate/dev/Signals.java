package io.variate.dev;

import java.io.IOException;
import java.io.UncheckedIOException;

/** Sends the signals that {@link ProcessHandle} has no word for. */
final class Signals {

    private Signals() {}

    /**
     * Sends a signal by its short name, such as {@code INT}. A process that is gone already is no error.
     *
     * @throws UncheckedIOException when no shell can be run
     */
    static void send(long pid, String signal) {
        try {
            // The shell's own kill: slim images have no program of that name.
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
