package io.variate.bench;

import io.variate.dev.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server under load in a separate JVM, and its measurements. */
final class Contestant implements AutoCloseable {
    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
    private static final Pattern UP = Pattern.compile("(?:listening on |is up: http=)(\\d+)");

    private final String name;
    private final ServerProcess server;
    private final int port;
    private final Path script;
    private final long answerSize;
    private final List<Run> runs = new ArrayList<>();

    /**
     * Waits until the server is up and sends one request.
     *
     * @param directory directory of its files
     */
    Contestant(String name, ServerProcess server, Workload workload, Path directory)
            throws IOException, InterruptedException {
        this.name = name;
        this.server = server;
        Matcher up = UP.matcher(server.awaitLine(UP.pattern(), START_TIMEOUT));
        if (!up.find()) {
            throw new IllegalStateException("no port");
        }
        this.port = Integer.parseInt(up.group(1));
        this.script = Files.writeString(directory.resolve("requests.lua"), workload.script());
        Path answer = directory.resolve("answer.json");
        workload.checkAndKeep(port, answer);
        this.answerSize = Files.size(answer);
    }

    /**
     * One measured run.
     *
     * @param cpuSeconds CPU time of the server process, user and system
     */
    record Run(Wrk.Result seen, double cpuSeconds) {
        double perSecond() {
            return seen.answers() * 1e6 / seen.micros();
        }

        double perCpuSecond() {
            return seen.answers() / cpuSeconds;
        }

        double cpuMicros() {
            return cpuSeconds * 1e6 / seen.answers();
        }

        double processors() {
            return cpuSeconds * 1e6 / seen.micros();
        }
    }

    void warmUp(int connections, int seconds) throws IOException, InterruptedException {
        if (seconds > 0) {
            Wrk.run(script, connections, seconds, port);
        }
    }

    void measure(int connections, int seconds) throws IOException, InterruptedException {
        double before = cpuSeconds();
        Wrk.Result seen = Wrk.run(script, connections, seconds, port);
        runs.add(new Run(seen, cpuSeconds() - before));
    }

    /** utime plus stime in {@code /proc/<pid>/stat}. */
    private double cpuSeconds() {
        return ProcessHandle.of(server.pid())
                .flatMap(process -> process.info().totalCpuDuration())
                .map(time -> time.toNanos() / 1e9)
                .orElseThrow(() -> new BenchmarkException(name + " died:\n" + String.join("\n", server.output())));
    }

    String name() {
        return name;
    }

    int port() {
        return port;
    }

    Path script() {
        return script;
    }

    long answerSize() {
        return answerSize;
    }

    List<Run> runs() {
        return runs;
    }

    double median(ToDoubleFunction<Run> figure) {
        return median(runs.stream().mapToDouble(figure).toArray());
    }

    /** Half of the difference between the best and the worst run, relative to the median. */
    double spread(ToDoubleFunction<Run> figure) {
        double most = runs.stream().mapToDouble(figure).max().orElse(0);
        double least = runs.stream().mapToDouble(figure).min().orElse(0);
        return (most - least) / 2 / median(figure);
    }

    /** The median over the rounds: a disturbance of the machine during a round affects both servers. */
    double ratio(Contestant other, ToDoubleFunction<Run> figure) {
        double[] ratios = new double[runs.size()];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = figure.applyAsDouble(runs.get(i)) / figure.applyAsDouble(other.runs.get(i));
        }
        return median(ratios);
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        int middle = values.length / 2;
        return values.length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }

    @Override
    public void close() {
        server.close();
    }
}
