package io.variate.bench;

import java.util.List;

/**
 * Options of the HTTP benchmark.
 *
 * @param seconds duration of a measured run
 * @param warmup seconds of load on each server before the first run
 * @param runs measured runs per server
 * @param connections connections of wrk
 * @param tracked whether evaluations that record events are measured, too
 * @param classes whether the node runs from the class path even if the jar exists
 */
record Options(int seconds, int warmup, int runs, int connections, boolean tracked, boolean classes) {
    static final String USAGE =
            "Options: [--seconds 10] [--warmup 20] [--runs 3] [--connections 64] [--tracked] [--classes]";

    /** Parses options. @throws BenchmarkException if they are invalid */
    static Options of(String... arguments) {
        List<String> given = List.of(arguments);
        Options options = new Options(
                number(given, "--seconds", 10, 1),
                number(given, "--warmup", 20, 0),
                number(given, "--runs", 3, 1),
                number(given, "--connections", 64, 1),
                given.contains("--tracked"),
                given.contains("--classes"));
        if (options.count(given) != given.size()) {
            throw new BenchmarkException(USAGE);
        }
        return options;
    }

    private static int number(List<String> given, String name, int fallback, int least) {
        int at = given.indexOf(name);
        if (at < 0) {
            return fallback;
        }
        try {
            int number = Integer.parseInt(given.get(at + 1));
            if (number >= least) {
                return number;
            }
        } catch (NumberFormatException | IndexOutOfBoundsException e) {
            throw new BenchmarkException(USAGE, e);
        }
        throw new BenchmarkException(USAGE);
    }

    /** The number of arguments that belong to known options, each of which counts once. */
    private int count(List<String> given) {
        int words = 0;
        for (String name : List.of("--seconds", "--warmup", "--runs", "--connections")) {
            words += given.contains(name) ? 2 : 0;
        }
        return words + (tracked ? 1 : 0) + (classes ? 1 : 0);
    }
}
