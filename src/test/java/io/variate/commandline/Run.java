package io.variate.commandline;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** The result of a command that ran in this JVM. */
record Run(int status, List<String> out, String err) {

    static Run of(String input, String... arguments) {
        return of(input.getBytes(StandardCharsets.UTF_8), arguments);
    }

    static Run of(byte[] input, String... arguments) {
        return of(input, Map.of(), arguments);
    }

    /** Runs a command without input. */
    static Run in(Map<String, String> environment, String... arguments) {
        return of(new byte[0], environment, arguments);
    }

    private static Run of(byte[] input, Map<String, String> environment, String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream errors = new PrintStream(err, true, StandardCharsets.UTF_8);
        int status = new CommandLine(new ByteArrayInputStream(input), out, errors, environment).run(arguments);
        return new Run(
                status, out.toString(StandardCharsets.UTF_8).lines().toList(), err.toString(StandardCharsets.UTF_8));
    }
}
