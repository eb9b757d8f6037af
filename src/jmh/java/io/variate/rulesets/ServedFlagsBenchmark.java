package io.variate.rulesets;

import io.variate.bench.Machine;
import io.variate.bench.engine.Workload;
import io.variate.engine.FlagWriter;
import io.variate.engine.model.Flag;
import io.variate.gzip.Gzip;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Measures the CPU time from a change of one flag until the set for SDKs with local evaluation is encoded, compressed and ready
 * as an event. Compares three ways: from the earlier set; without an earlier set; and as one text that is compressed as a
 * whole, which is the lower bound for the size.
 *
 * <pre>{@code
 * mvn -q test-compile exec:java -Dexec.mainClass=io.variate.rulesets.ServedFlagsBenchmark
 * }</pre>
 *
 * <p>Arguments: numbers of flags, 100, 1,000 and 10,000 by default.
 */
public final class ServedFlagsBenchmark {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final int CHANGES = 200;
    private static final int WARMUP_CHANGES = 200;
    private static final int FULL_RUNS = 7;

    private final Random random = new Random(1);
    private final List<Flag> flags;
    private FlagForms forms = FlagForms.NONE;
    private @Nullable ServedFlags served;
    private int changes;

    private ServedFlagsBenchmark(int count) {
        flags = new ArrayList<>(Workload.distinct(count));
    }

    public static void main(String[] arguments) {
        System.out.println(Machine.description());
        List<Integer> counts = arguments.length == 0
                ? List.of(100, 1_000, 10_000)
                : Arrays.stream(arguments).map(Integer::valueOf).toList();
        counts.forEach(count -> new ServedFlagsBenchmark(count).print());
    }

    private void print() {
        long[] full = times(FULL_RUNS, () -> {
            forms = FlagForms.NONE;
            served = null;
            update();
        });
        long[] whole = times(FULL_RUNS, this::compressedWhole);
        times(WARMUP_CHANGES, this::changeAndUpdate);
        long[] change = times(CHANGES, this::changeAndUpdate);
        System.out.printf(
                Locale.ROOT,
                "%n%,d flags: JSON %,d bytes; gzip %,d bytes in chunks, %,d as a whole%n",
                flags.size(),
                update().json().length(),
                update().gzip().length(),
                compressedWhole().length);
        line("one flag changed", change);
        line("without an earlier set", full);
        line("as a whole", whole);
    }

    private void changeAndUpdate() {
        int at = random.nextInt(flags.size());
        flags.set(at, changed(flags.get(at)));
        update();
    }

    private Flag changed(Flag flag) {
        Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
        if (flag.metadata() != null) {
            metadata.putAll(flag.metadata());
        }
        metadata.put("flagVersion", ++changes);
        return new Flag(flag.key(), flag.variants(), flag.segments(), flag.dependencies(), metadata);
    }

    /** The work of a node for one audience after a change. */
    private ServedFlags update() {
        forms = FlagForms.of(flags, forms);
        ServedFlags next = ServedFlags.of(forms.served(flags), served);
        next.json();
        next.event();
        next.gzip();
        served = next;
        return next;
    }

    private byte[] compressedWhole() {
        StringBuilder text = new StringBuilder("[");
        for (Flag flag : flags) {
            FlagWriter.write(flag, text.append(text.length() == 1 ? "" : ","));
        }
        return Gzip.small(text.append(']').toString().getBytes(StandardCharsets.UTF_8));
    }

    private static long[] times(int runs, Runnable run) {
        long[] nanos = new long[runs];
        for (int i = 0; i < runs; i++) {
            long begun = THREADS.getCurrentThreadCpuTime();
            run.run();
            nanos[i] = THREADS.getCurrentThreadCpuTime() - begun;
        }
        Arrays.sort(nanos);
        return nanos;
    }

    private static void line(String name, long[] sorted) {
        System.out.printf(
                Locale.ROOT,
                "%-24s p50 %8.2f ms, p99 %8.2f ms%n",
                name,
                sorted[sorted.length / 2] / 1e6,
                sorted[(sorted.length - 1) * 99 / 100] / 1e6);
    }
}
