package io.variate.bench.engine;

import io.variate.bench.ClassPath;
import java.util.Collection;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Runs the benchmarks of this package with JMH and its allocation profiler, each in its own JVMs, and prints a table
 * that compares this engine with the other one; {@code docs/benchmarks.md} explains it.
 *
 * <pre>{@code
 * mvn -q test-compile exec:java -Dexec.mainClass=io.variate.bench.engine.EngineBenchmark
 * }</pre>
 *
 * <p>Pass JMH options in {@code -Dexec.args="…"}: {@code -f 1 -wi 1 -i 1} for a quick run, {@code -p workload=typical},
 * or part of a benchmark's name.
 */
public final class EngineBenchmark {

    /** The largest ruleset needs less than half of it. */
    private static final String[] HEAP = {"-Xms3g", "-Xmx3g"};

    private EngineBenchmark() {}

    public static void main(String[] arguments) throws CommandLineOptionException, RunnerException {
        ClassPath.passOn();
        CommandLineOptions given = new CommandLineOptions(arguments);
        OptionsBuilder options = new OptionsBuilder();
        options.parent(given).addProfiler(GCProfiler.class).addProfiler(CpuTimeProfiler.class);
        if (!given.getJvmArgs().hasValue()) {
            options.jvmArgs(HEAP);
        }
        System.out.println(new EngineReport(run(options.build())).text());
    }

    private static Collection<RunResult> run(Options options) throws RunnerException {
        return new Runner(options).run();
    }
}
