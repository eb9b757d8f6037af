package io.variate.bench;

import io.variate.bench.LocalCluster.Change;
import io.variate.bench.LocalCluster.Usage;
import io.variate.engine.FlagWriter;
import io.variate.engine.model.Flag;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Measures a change of one flag in rulesets of several sizes: the time until the last of three nodes serves it, the bytes
 * between the nodes, and the CPU time of each node.
 *
 * <p>PostgreSQL and the nodes run in separate processes on the same cores; {@code docs/benchmarks.md} explains the results.
 *
 * <pre>{@code
 * mvn -q -DskipTests package && mvn -q test-compile exec:java -Dexec.mainClass=io.variate.bench.ChangeBenchmark
 * }</pre>
 *
 * <p>System properties: {@code change.flags} (100,1000,10000,100000), {@code change.count} (200), {@code change.warmup}
 * (100), {@code change.pause}, milliseconds between two changes (100), and {@code change.jvm}, the options of the nodes,
 * with {@code %} for the number of a node (-Xmx4g).
 */
public final class ChangeBenchmark {
    private static final String KEY = "server-key";
    private static final long IDLE_SECONDS = 5;
    private static final int MIN_FLAGS_FOR_HEAP = 10_000;

    private final List<Flag> flags;
    private final int count = Integer.getInteger("change.count", 200);
    private final long pause = Long.getLong("change.pause", 100);
    private int changed;

    private ChangeBenchmark(int size) {
        flags = io.variate.bench.engine.Workload.distinct(size);
    }

    /** Exits with status 1 if there are no results. */
    public static void main(String[] arguments) {
        ClassPath.passOn();
        System.out.println(Machine.description());
        System.out.printf(
                Locale.ROOT, "Nodes:   %d, %s %s%n%n", LocalCluster.SIZE, NodeProcess.program(), jvmOptions());
        System.out.println(
                "| flags | ms from the commit, p50 | p99 | ms from the `PUT`, p50 | p99 | kB between nodes"
                        + " | CPU ms of the leader | of a follower | of the follower with the `PUT` | heap kB per flag of the leader | of a follower | load average |");
        System.out.println("|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        try {
            for (String size :
                    System.getProperty("change.flags", "100,1000,10000,100000").split(",", -1)) {
                new ChangeBenchmark(Integer.parseInt(size)).run();
            }
        } catch (Exception e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
        System.exit(0);
    }

    private static String jvmOptions() {
        return System.getProperty("change.jvm", "-Xmx4g");
    }

    private void run() throws Exception {
        try (LocalCluster cluster = new LocalCluster(KEY)) {
            cluster.start(List.of(jvmOptions().split(" ", -1)));
            cluster.load(document(flags.subList(0, 1)));
            cluster.orderByRole();
            List<Long> heapBefore = cluster.heap();
            cluster.load(document(flags));
            cluster.encode();
            for (int i = 0; i < Integer.getInteger("change.warmup", 100); i++) {
                change(cluster);
            }
            measure(cluster, heapBefore);
        }
    }

    private void measure(LocalCluster cluster, List<Long> heapBefore) throws IOException, InterruptedException {
        double load = Report.busy();
        Usage idle = cluster.usage();
        TimeUnit.SECONDS.sleep(IDLE_SECONDS);
        Usage before = cluster.usage();
        long start = System.nanoTime();
        double[] fromCommit = new double[count];
        double[] fromPut = new double[count];
        for (int i = 0; i < count; i++) {
            Change change = change(cluster);
            fromCommit[i] = (change.served() - change.committed()) / 1e6;
            fromPut[i] = (change.served() - change.sent()) / 1e6;
        }
        double idlePeriods = (System.nanoTime() - start) / 1e9 / IDLE_SECONDS;
        Usage after = cluster.usage();
        double bytes = after.bytes() - before.bytes() - idlePeriods * (before.bytes() - idle.bytes());
        double[] cpuMillis = IntStream.range(0, LocalCluster.SIZE)
                .mapToDouble(node -> 1000
                        / (double) count
                        * (cpu(after, node) - cpu(before, node) - idlePeriods * (cpu(before, node) - cpu(idle, node))))
                .toArray();
        List<Long> heap = cluster.heap();
        Arrays.sort(fromCommit);
        Arrays.sort(fromPut);
        System.out.printf(
                Locale.ROOT,
                "| %,d | %.1f | %.1f | %.1f | %.1f | %.1f | %.1f | %.1f | %.1f | %s | %s | %.1f |%n",
                flags.size(),
                quantile(fromCommit, 0.5),
                quantile(fromCommit, 0.99),
                quantile(fromPut, 0.5),
                quantile(fromPut, 0.99),
                bytes / count / 1000,
                cpuMillis[0],
                cpuMillis[1],
                cpuMillis[2],
                heapPerFlag(heapBefore.get(0), heap.get(0)),
                heapPerFlag(heapBefore.get(1), heap.get(1)),
                load);
    }

    /** Nothing for small rulesets, whose heap other objects dominate. */
    private String heapPerFlag(long before, long after) {
        return flags.size() < MIN_FLAGS_FOR_HEAP
                ? ""
                : String.format(Locale.ROOT, "%.1f", (after - before) / 1000.0 / flags.size());
    }

    private static double cpu(Usage usage, int node) {
        return usage.cpuSeconds().get(node);
    }

    private static double quantile(double[] sorted, double quantile) {
        return sorted[Math.max(0, (int) Math.ceil(quantile * sorted.length) - 1)];
    }

    private Change change(LocalCluster cluster) throws IOException, InterruptedException {
        TimeUnit.MILLISECONDS.sleep(pause);
        changed++;
        // Far apart, and another flag each time.
        Flag flag = flags.get((int) (changed * 7919L % flags.size()));
        return cluster.change(
                flag.key(),
                json(flag)
                        .replaceFirst("\"flagVersion\":\\d+", "\"flagVersion\":" + (1000 + changed))
                        .replaceFirst("\"salt\":\"", "\"salt\":\"" + changed + "-"));
    }

    private static String document(List<Flag> flags) {
        return flags.stream()
                .map(ChangeBenchmark::json)
                .collect(Collectors.joining(
                        ",",
                        "{\"deployments\":[{\"key\":\"" + KEY
                                + "\",\"label\":\"server\",\"type\":\"server\",\"flags\":[\"*\"]},"
                                + "{\"key\":\"client-key\",\"label\":\"client\",\"type\":\"client\",\"flags\":[\"*\"]}],"
                                + "\"flags\":[",
                        "]}"));
    }

    private static String json(Flag flag) {
        StringBuilder text = new StringBuilder();
        FlagWriter.write(flag, text);
        return text.toString();
    }
}
