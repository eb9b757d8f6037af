package io.variate.assignments;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What the record of an assignment costs on the evaluator's way, up to the place where it is stored. The tree is what
 * the encoder is measured against.
 *
 * <pre>{@code
 * mvn -q test-compile exec:exec -Dexec.executable=java -Dexec.classpathScope=test \
 *     -Dexec.args="-cp %classpath org.openjdk.jmh.Main AssignmentEventBenchmark -prof gc"
 * }</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class AssignmentEventBenchmark {
    private static final int USERS = 1024;

    @Param({"1", "100"})
    public int flags;

    private final EventEncoder encoder = new EventEncoder(new FragmentCache(), "eu-1", "node-1");
    private final Assignment[] assignments = new Assignment[USERS];
    private int next;

    @Setup
    public void prepare() {
        Assignments evaluated = Assignments.of(IntStream.range(0, flags)
                .mapToObj(AssignmentEventBenchmark::flag)
                .collect(Collectors.joining(",", "[", "]")));
        for (int i = 0; i < USERS; i++) {
            assignments[i] = evaluated.to("user-" + i * 7919, "0f7c2a9e-5d1b-4c7e-9a55-%012d".formatted(i));
        }
    }

    /** Keys in no order; each of two variants for half of the users. */
    private static String flag(int number) {
        return """
            {"key":"flag-%d","metadata":{"deployed":true,"evaluationMode":"remote","flagType":"experiment",
             "flagVersion":7},
             "segments":[
              {"bucket":{"selector":["context","user","user_id"],"salt":"s%d",
                "allocations":[{"range":[0,100],"distributions":[{"variant":"treatment","range":[0,21474836]}]}]},
               "variant":"off","metadata":{"segmentName":"All Other Users"}}],
             "variants":{"treatment":{"key":"treatment","value":"treatment"},
              "off":{"key":"off","metadata":{"default":true}}}}
            """.formatted(number * 37 % 101, number);
    }

    private Assignment next() {
        next = (next + 1) & (USERS - 1);
        return assignments[next];
    }

    @Benchmark
    public String tree() {
        return EventAsTree.encode(next(), "eu-1", "node-1");
    }

    @Benchmark
    public byte[] encoded() {
        return encoder.read(next()).assignment().toByteArray();
    }

    /** Where the bytes go to a place that exists already. */
    @Benchmark
    public int encodedInPlace() {
        return encoder.read(next()).assignment().length();
    }

    /** All that is done for an assignment that turns out to be known. */
    @Benchmark
    public long identified() {
        return encoder.read(next()).high();
    }

    /** A table of the size that is the default, full, and asked about something else each time. */
    @State(Scope.Benchmark)
    public static class Known {
        private static final int ENTRIES = 1 << 20;
        private static final long NOW = Assignments.TIME;
        private static final long STEP = 0x9e3779b97f4a7c15L;

        private final Deduplication deduplication = new Deduplication(Duration.ofHours(24), ENTRIES);
        private int marked;
        private int checked;

        @Setup
        public void fill() {
            while (marked < ENTRIES) {
                checkNextAndMark();
            }
        }

        boolean checkNextAndMark() {
            long hash = ++marked * STEP;
            boolean known = deduplication.contains(hash, hash, NOW);
            deduplication.add(hash, hash, NOW);
            return known;
        }

        boolean checkMarked() {
            long hash = (++checked & (ENTRIES - 1)) * STEP;
            return deduplication.contains(hash, hash, NOW);
        }
    }

    @Benchmark
    public boolean newOneCheckedAndMarked(Known known) {
        return known.checkNextAndMark();
    }

    @Benchmark
    public boolean knownOneChecked(Known known) {
        return known.checkMarked();
    }
}
