package io.variate.it.harness;

import io.variate.dev.KafkaProcess;
import io.variate.testing.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Faults in an order that a seed decides: of the nodes on one thread, of PostgreSQL and Kafka on another, so that those of
 * both kinds meet. On each thread the next one begins some seconds after everything is well again.
 */
public final class Faults implements AutoCloseable {
    private static final Duration RECOVERY = Duration.ofMinutes(2);

    private final Fleet fleet;
    private final Balancer balancer;
    private final KafkaProcess kafka;
    private final List<String> all;
    private final List<String> mortal;
    private final long start = System.nanoTime();
    private final List<Thread> threads = new ArrayList<>();
    private final Queue<Fault> faults = new ConcurrentLinkedQueue<>();
    private final Queue<Throwable> defects = new ConcurrentLinkedQueue<>();
    private volatile boolean stopping;

    private Faults(Fleet fleet, Balancer balancer, KafkaProcess kafka, List<String> all, List<String> mortal) {
        this.fleet = fleet;
        this.balancer = balancer;
        this.kafka = kafka;
        this.all = all;
        this.mortal = mortal;
    }

    /**
     * A fault and the component that it affected.
     *
     * @param from by {@link System#nanoTime}
     * @param to when it was over, by the same clock
     */
    public record Fault(String kind, String target, long from, long to) {
        /** Whether a request on a connection of a node met a killing of it, or a suspension. */
        public boolean excuses(String node, long sent, long patience) {
            if (!target.equals(node) || sent < from - patience) {
                return false;
            }
            return (kind.equals("KILL") && sent <= from + patience) || (kind.equals("STOP") && sent <= to);
        }
    }

    /**
     * Begins.
     *
     * @param mortal the nodes that are ended; all others are only suspended
     */
    public static Faults start(
            long seed, Fleet fleet, Balancer balancer, KafkaProcess kafka, List<String> all, List<String> mortal) {
        Faults faults = new Faults(fleet, balancer, kafka, all, mortal);
        faults.run("faults of nodes", new Random(seed), faults::ofANode);
        faults.run("faults of neighbours", new Random(seed + 1), faults::ofANeighbour);
        return faults;
    }

    private interface Kind {
        void happen(Random random);
    }

    private void run(String name, Random random, Kind kind) {
        Thread thread = new Thread(
                () -> {
                    try {
                        while (pause(2 + random.nextInt(6))) {
                            kind.happen(random);
                        }
                    } catch (RuntimeException | AssertionError e) {
                        defects.add(e);
                    }
                },
                name);
        threads.add(thread);
        thread.start();
    }

    private void ofANode(Random random) {
        int which = random.nextInt(3);
        String name = which == 2 ? any(all, random) : any(mortal, random);
        int seconds = 2 + random.nextInt(19);
        JarNode node = fleet.node(name);
        switch (which) {
            case 0 ->
                note("KILL", name, () -> {
                    node.kill();
                    startAgain(name);
                });
            case 1 ->
                note("TERM", name, () -> {
                    int status = node.terminate(RECOVERY);
                    if (status != 143) {
                        throw new IllegalStateException(name + " ended with status " + status);
                    }
                    startAgain(name);
                });
            default ->
                note("STOP", name, () -> {
                    node.process().sendSignal("STOP");
                    pause(seconds);
                    node.process().sendSignal("CONT");
                    Await.until(name + " gets requests", RECOVERY, () -> balancer.isHealthy(name));
                });
        }
    }

    private void startAgain(String name) {
        balancer.put(name, fleet.start(name));
        Await.until(name + " gets requests", RECOVERY, () -> balancer.isHealthy(name));
    }

    private void ofANeighbour(Random random) {
        int seconds = 2 + random.nextInt(14);
        if (random.nextBoolean()) {
            note("away", "PostgreSQL", () -> {
                Neighbours.postgres().stop();
                pause(seconds);
                Neighbours.postgres().restart();
            });
        } else {
            note("away", "Kafka", () -> {
                kafka.stop();
                pause(seconds);
                kafka.restart();
            });
        }
    }

    private void note(String kind, String target, Runnable fault) {
        long from = System.nanoTime();
        fault.run();
        faults.add(new Fault(kind, target, from, System.nanoTime()));
    }

    private static String any(List<String> names, Random random) {
        return names.get(random.nextInt(names.size()));
    }

    /** Sleeps, and returns whether to continue. */
    private boolean pause(int seconds) {
        long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
        Await.until("time goes by", Duration.ofSeconds(2L * seconds + 60), () -> stopping || System.nanoTime() >= end);
        return !stopping;
    }

    /** Lets what is under way come to its end: all nodes and neighbours are there then. */
    public void stop() {
        stopping = true;
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }

    public boolean excuse(BalancedLoad.Failure failure, Duration patience) {
        return faults.stream().anyMatch(fault -> fault.excuses(failure.node(), failure.sent(), patience.toNanos()));
    }

    /** What went wrong with faults or with recovering from them. */
    public List<Throwable> defects() {
        return List.copyOf(defects);
    }

    public Map<String, Integer> counts() {
        Map<String, Integer> counts = new TreeMap<>();
        faults.forEach(fault -> counts.merge(fault.kind() + " " + fault.target(), 1, Integer::sum));
        return counts;
    }

    /** A line for each, in the order of their ends. */
    public List<String> log() {
        return faults.stream()
                .map(fault -> String.format(
                        Locale.ROOT,
                        "%7.1f s to %7.1f s: %s %s",
                        (fault.from() - start) / 1e9,
                        (fault.to() - start) / 1e9,
                        fault.kind(),
                        fault.target()))
                .toList();
    }

    @Override
    public void close() {
        stop();
    }
}
