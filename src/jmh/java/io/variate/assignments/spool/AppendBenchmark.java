package io.variate.assignments.spool;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What it costs an evaluator to append an event of 1 KB, in what we considered for the spool. The bursts fit into the
 * first segment; paced appends go on over the ends of segments, as a server does.
 *
 * <pre>{@code
 * mvn -q test-compile exec:exec -Dexec.executable=java -Dexec.classpathScope=test \
 *     -Dexec.args="--add-opens java.base/jdk.internal.misc=ALL-UNNAMED -cp %classpath \
 *         org.openjdk.jmh.Main AppendBenchmark -prof gc"
 * }</pre>
 */
@Fork(1)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class AppendBenchmark {
    private static final int BURST = 25_000;
    private static final long PACE_NANOS = 20_000;

    /** A log in a directory that is removed with it. */
    @State(Scope.Benchmark)
    public static class Log {
        @Param({"spool", "agrona", "mvstore", "mvstore-commit", "file"})
        private String candidate = "";

        private Path directory = Path.of("");
        private Candidate log = Candidate.NONE;

        /** A fresh one for each iteration. */
        @Setup(Level.Iteration)
        public void open() throws IOException {
            directory = Files.createTempDirectory(Path.of("target"), "append");
            log = Candidate.open(candidate, directory);
        }

        @TearDown(Level.Iteration)
        public void close() throws IOException {
            log.close();
            try (Stream<Path> files = Files.walk(directory)) {
                files.sorted(Comparator.reverseOrder()).forEach(Log::delete);
            }
        }

        private static void delete(Path file) {
            try {
                Files.delete(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** What one evaluator has encoded. */
    @State(Scope.Thread)
    public static class Event {
        private final byte[] key = "user-0123456789".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        private final byte[] value = new byte[1024];

        @Setup
        public void fill() {
            for (int i = 0; i < value.length; i++) {
                value[i] = (byte) (' ' + i % 90);
            }
        }
    }

    /** Lets 50,000 events of a thread come in a second. */
    @State(Scope.Thread)
    public static class Pace {
        private long due;

        /** Spins until the next is due. */
        @Setup(Level.Invocation)
        public void await() {
            long now = System.nanoTime();
            due = Math.max(due + PACE_NANOS, now - 50 * PACE_NANOS);
            while (now < due) {
                Thread.onSpinWait();
                now = System.nanoTime();
            }
        }
    }

    @Benchmark
    @BenchmarkMode(Mode.SingleShotTime)
    @Warmup(iterations = 10, batchSize = BURST)
    @Measurement(iterations = 20, batchSize = BURST)
    public boolean burstOfOne(Log log, Event event) {
        return log.log.append(event.key, event.value);
    }

    @Benchmark
    @BenchmarkMode(Mode.SingleShotTime)
    @Threads(2)
    @Warmup(iterations = 10, batchSize = BURST)
    @Measurement(iterations = 20, batchSize = BURST)
    public boolean burstOfTwo(Log log, Event event) {
        return log.log.append(event.key, event.value);
    }

    @Benchmark
    @BenchmarkMode(Mode.SampleTime)
    @Warmup(iterations = 1, time = 3)
    @Measurement(iterations = 2, time = 5)
    public boolean paced(Log log, Event event, Pace pace) {
        return log.log.append(event.key, event.value);
    }
}
