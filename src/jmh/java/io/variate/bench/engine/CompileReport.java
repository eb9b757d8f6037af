package io.variate.bench.engine;

import io.variate.bench.Machine;
import io.variate.engine.CompiledFlags;
import io.variate.engine.model.Flag;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Measures the time and memory to compile many flags. The flags are read from JSON one by one, so they share nothing
 * that flags of a real ruleset would not share.
 *
 * <pre>{@code
 * mvn -q test-compile exec:java -Dexec.mainClass=io.variate.bench.engine.CompileReport
 * }</pre>
 *
 * <p>Argument: the number of flags, 100,000 by default.
 */
public final class CompileReport {

    private static final int RUNS = 6;

    private final int count;
    private final double[] seconds = new double[RUNS];
    private List<Flag> flags = List.of();
    private CompiledFlags compiled = CompiledFlags.compile(flags);

    private CompileReport(int count) {
        this.count = count;
    }

    public static void main(String[] arguments) {
        new CompileReport(arguments.length == 0 ? 100_000 : Integer.parseInt(arguments[0])).print();
    }

    private void print() {
        long empty = used();
        flags = Workload.distinct(count);
        long withFlags = used();
        compile();
        long withBoth = used();
        flags = List.of();
        long withCompiled = used();
        if (!compiled.problems().isEmpty()) {
            throw new IllegalStateException("flags have problems: " + compiled.problems());
        }
        double first = seconds[0];
        Arrays.sort(seconds);
        double median = seconds[RUNS / 2];
        System.out.println(Machine.description());
        line("flags                     %,d", count);
        line("first compilation         %.2f s, %.1f µs a flag", first, first * 1e6 / count);
        line("median of %d               %.2f s, %.1f µs a flag", RUNS, median, median * 1e6 / count);
        line("flags as read             %,d bytes a flag", (withFlags - empty) / count);
        line("compiled, flags kept      %,d bytes a flag more", (withBoth - withFlags) / count);
        line("compiled, flags let go    %,d bytes a flag in all", (withCompiled - empty) / count);
    }

    private void compile() {
        for (int i = 0; i < RUNS; i++) {
            compiled = CompiledFlags.compile(List.of());
            System.gc();
            long begun = System.nanoTime();
            compiled = CompiledFlags.compile(flags);
            seconds[i] = (System.nanoTime() - begun) / 1e9;
        }
    }

    private static void line(String format, Object... figures) {
        System.out.println(String.format(Locale.ROOT, format, figures));
    }

    /** The size of live objects in bytes. */
    private static long used() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
