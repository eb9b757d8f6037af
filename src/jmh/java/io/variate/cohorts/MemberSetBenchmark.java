package io.variate.cohorts;

import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
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
 * Measures lookups in a cohort of ten million UUIDs. With few ids, the texts and their slots in the table are in the CPU
 * cache. With a million ids, neither are: a worst case, because a request has just read its user id.
 *
 * <pre>{@code
 * mvn -q test-compile exec:exec -Dexec.executable=java -Dexec.classpathScope=test \
 *     -Dexec.args="-cp %classpath org.openjdk.jmh.Main MemberSetBenchmark -prof gc"
 * }</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgs = "-Xmx2g")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class MemberSetBenchmark {
    private static final int MEMBERS = 10_000_000;

    @Param({"4096", "1048576"})
    public int ids;

    private MemberSet members = MemberSet.EMPTY;
    private String[] inside = {};
    private String[] outside = {};
    private int next;

    @Setup
    public void build() {
        Random random = new Random(7);
        inside = new String[ids];
        outside = new String[ids];
        MemberSet.Builder builder = new MemberSet.Builder(MEMBERS);
        long start = System.nanoTime();
        for (int i = 0; i < MEMBERS; i++) {
            String id = id(random);
            builder.add(id);
            if (i < ids) {
                inside[i] = id;
            }
        }
        members = builder.build();
        System.out.printf(
                "built in %d ms, %.2f bytes per member%n",
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start), (double) members.bytes() / members.size());
        for (int i = 0; i < ids; i++) {
            outside[i] = id(random);
        }
    }

    private static String id(Random random) {
        return new UUID(random.nextLong(), random.nextLong()).toString();
    }

    @Benchmark
    public boolean member() {
        return members.contains(inside[next++ & (ids - 1)]);
    }

    @Benchmark
    public boolean nonMember() {
        return members.contains(outside[next++ & (ids - 1)]);
    }
}
