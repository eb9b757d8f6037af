package io.variate.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Counts what the nodes of a local cluster send each other over TCP, with {@code ss} of iproute2. */
final class ClusterTraffic {
    private static final Pattern BYTES = Pattern.compile("\\bbytes_(?:sent|received):(\\d+)");

    private final List<String> command = new ArrayList<>(List.of("ss", "-tinH", "state", "established", "("));

    /** @param ports the ports on which the nodes accept connections of other nodes */
    ClusterTraffic(List<Integer> ports) {
        for (int port : ports) {
            if (!command.get(command.size() - 1).equals("(")) {
                command.add("or");
            }
            command.addAll(List.of("sport", "=", ":" + port));
        }
        command.add(")");
    }

    /** The bytes of both directions of all open connections, without headers of TCP and IP. */
    long bytes() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new BenchmarkException("ss failed: " + output);
        }
        long sum = 0;
        for (Matcher found = BYTES.matcher(output); found.find(); ) {
            sum += Long.parseLong(found.group(1));
        }
        return sum;
    }
}
