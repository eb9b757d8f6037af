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
 * Runs the benchmarks of this package with JMH and its allocation profiler, each in JVMs of its own, and prints a table
 * that has our engine and the other one side by side; {@code docs/benchmarks.md} explains it.
 *
 * <pre>{@code
 * mvn -q test-compile exec:java -Dexec.mainClass=io.variate.bench.engine.EngineBenchmark
 * }</pre>
 *
 * <p>Options of JMH go into {@code -Dexec.args="…"}: {@code -f 1 -wi 1 -i 1} for a quick look, {@code -p
 * workload=typical}, a part of a benchmark's name.
 */
public final class EngineBenchmark {

    /** The largest ruleset in sight needs less than half of it. */
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
