package io.variate.bench.engine;

import io.variate.bench.Machine;
import io.variate.engine.CompiledFlags;
import io.variate.engine.model.Flag;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;

/**
 * Measures the time and memory to compile many flags, and the time to recompile them after a change of one. The flags are read from JSON one by one, so they share nothing
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
    private static final int CHANGES = 400;

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
        double replacing = medianMillis(this::replaceOne);
        double inserting = medianMillis(this::insertOrRemoveOne);
        compiled = CompiledFlags.compile(flags);
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
        line("one flag replaced         %.2f ms, median of %d", replacing, CHANGES);
        line("one inserted or removed   %.2f ms, median of %d", inserting, CHANGES);
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

    /** Returns the median time to recompile after a change. */
    private double medianMillis(IntFunction<List<Flag>> change) {
        double[] millis = new double[CHANGES];
        for (int i = 0; i < CHANGES; i++) {
            List<Flag> changed = change.apply(i);
            long begun = System.nanoTime();
            compiled = compiled.recompile(changed);
            millis[i] = (System.nanoTime() - begun) / 1e6;
        }
        Arrays.sort(millis);
        return millis[CHANGES / 2];
    }

    private List<Flag> replaceOne(int change) {
        List<Flag> changed = new ArrayList<>(flags);
        int place = change * 7919 % count;
        changed.set(place, copy(flags.get(place).key(), flags.get(place)));
        return changed;
    }

    /** Inserts a flag in front of all others, or removes it again. */
    private List<Flag> insertOrRemoveOne(int change) {
        List<Flag> changed = new ArrayList<>(flags);
        if (change % 2 == 0) {
            changed.add(0, copy("inserted-" + change, flags.get(0)));
        }
        return changed;
    }

    private static Flag copy(String key, Flag flag) {
        return new Flag(key, flag.variants(), flag.segments(), flag.dependencies(), flag.metadata());
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
