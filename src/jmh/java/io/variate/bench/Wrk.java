package io.variate.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** The load generator: a {@code wrk} process with one thread. */
final class Wrk {
    private static final String RESULT = "RESULT ";

    private Wrk() {}

    /**
     * The results of one run.
     *
     * @param answers complete responses of any status
     * @param micros duration in microseconds
     * @param bytes bytes read, including headers
     * @param p50 median latency in microseconds
     * @param p99 99th percentile of the latency, in microseconds
     */
    record Result(long answers, long micros, long bytes, long p50, long p99) {}

    /** Checks that wrk is installed. @throws BenchmarkException if it is not */
    static void require() throws InterruptedException {
        try {
            new ProcessBuilder("wrk", "-v").redirectErrorStream(true).start().waitFor();
        } catch (IOException e) {
            throw new BenchmarkException("wrk is not installed; on Debian and Ubuntu: apt-get install wrk", e);
        }
    }

    static List<String> command(Path script, int connections, int seconds, String url) {
        return List.of(
                "wrk", "-t1", "-c" + connections, "-d" + seconds + "s", "--latency", "-s", script.toString(), url);
    }

    /** Runs wrk. @throws BenchmarkException if a request failed or its response was not a success */
    static Result run(Path script, int connections, int seconds, int port) throws IOException, InterruptedException {
        List<String> command = command(script, connections, seconds, "http://127.0.0.1:" + port);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new BenchmarkException(String.join(" ", command) + " failed:\n" + output);
        }
        long[] numbers = output.lines()
                .filter(line -> line.startsWith(RESULT))
                .flatMap(line -> List.of(line.substring(RESULT.length()).split(" ", -1)).stream())
                .mapToLong(Long::parseLong)
                .toArray();
        if (numbers.length != 7 || numbers[0] == 0 || numbers[5] != 0 || numbers[6] != 0) {
            throw new BenchmarkException("Requests failed, so the results are invalid:\n" + output);
        }
        return new Result(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]);
    }
}
