package io.variate.bench.engine;

import io.variate.bench.Machine;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/** Formats the results as Markdown. */
final class EngineReport {

    private static final String ALLOCATED = "gc.alloc.rate.norm";

    /** A compared measurement: a benchmark method and its parameter. */
    private record Row(String parameter, String method) {}

    private final StringBuilder text = new StringBuilder();

    EngineReport(Collection<RunResult> results) {
        line("%s", Machine.description());
        Map<Row, RunResult> ours = of(EvaluationBenchmark.class, results);
        Map<Row, RunResult> theirs = of(LaunchDarklyBenchmark.class, results);
        if (!ours.isEmpty()) {
            comparison(ours, theirs);
        }
        Map<Row, RunResult> growth = of(GrowthBenchmark.class, results);
        if (!growth.isEmpty()) {
            growth(growth);
        }
    }

    String text() {
        return text.toString();
    }

    private void comparison(Map<Row, RunResult> ours, Map<Row, RunResult> theirs) {
        head("workload", "LaunchDarkly", "ours / theirs");
        inOrder(ours).forEach((row, result) -> {
            RunResult other = theirs.get(row);
            line(row, result, other, other == null ? "" : number("%.3f", cpu(result) / cpu(other)));
        });
    }

    /** Sorts results by parameter, then benchmark; JMH uses the reverse order. */
    private static Map<Row, RunResult> inOrder(Map<Row, RunResult> results) {
        Map<Row, RunResult> ordered = new LinkedHashMap<>();
        results.keySet().stream()
                .map(Row::parameter)
                .distinct()
                .forEach(parameter -> results.forEach((row, result) -> {
                    if (row.parameter().equals(parameter)) {
                        ordered.put(row, result);
                    }
                }));
        return ordered;
    }

    private void growth(Map<Row, RunResult> growth) {
        head("flags", "", "to the first");
        Map<String, Double> first = new HashMap<>();
        growth.forEach((row, result) -> {
            first.putIfAbsent(row.method(), cpu(result));
            line(row, result, null, number("%.3f", cpu(result) / first.get(row.method())));
        });
    }

    private static Map<Row, RunResult> of(Class<?> benchmark, Collection<RunResult> results) {
        Map<Row, RunResult> found = new LinkedHashMap<>();
        for (RunResult result : results) {
            BenchmarkParams parameters = result.getParams();
            String name = parameters.getBenchmark();
            if (name.startsWith(benchmark.getName() + '.')) {
                String key = parameters.getParamsKeys().iterator().next();
                String method = name.substring(name.lastIndexOf('.') + 1);
                found.put(new Row(parameters.getParam(key), method), result);
            }
        }
        return found;
    }

    /** The median over all iterations of all forks, which one disturbed iteration does not change. */
    private static double median(Result<?> result) {
        return result.getStatistics().getPercentile(50);
    }

    private static Result<?> measured(RunResult result, String name) {
        return Objects.requireNonNull(result.getSecondaryResults().get(name), name);
    }

    private static double cpu(RunResult result) {
        return median(measured(result, CpuTimeProfiler.RESULT));
    }

    private static String time(RunResult result) {
        return number("%,.1f", median(result.getPrimaryResult()));
    }

    private static String bytes(RunResult result) {
        return number("%,.1f", median(measured(result, ALLOCATED)));
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }

    private void head(String parameter, String rival, String ratio) {
        line("");
        cells(parameter, "benchmark", "CPU ns", "ns", "bytes", rival + " CPU ns", "ns", "bytes", ratio);
        cells("---", "---", "---:", "---:", "---:", "---:", "---:", "---:", "---:");
    }

    private void line(Row row, RunResult result, @Nullable RunResult other, String ratio) {
        cells(
                row.parameter(),
                row.method(),
                number("%,.1f", cpu(result)),
                time(result),
                bytes(result),
                other == null ? "" : number("%,.1f", cpu(other)),
                other == null ? "" : time(other),
                other == null ? "" : bytes(other),
                ratio);
    }

    private void cells(Object... cells) {
        line("| %-8s | %-19s | %10s | %10s | %10s | %19s | %10s | %10s | %13s |", cells);
    }

    private void line(String format, Object... arguments) {
        text.append(String.format(Locale.ROOT, format, arguments)).append('\n');
    }
}
