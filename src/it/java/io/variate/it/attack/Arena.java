package io.variate.it.attack;

import io.variate.dev.ServerProcess;
import io.variate.it.harness.Documents;
import io.variate.it.harness.Footprint;
import io.variate.it.harness.JarNode;
import io.variate.it.harness.Neighbours;
import io.variate.it.harness.NodeSettings;
import io.variate.it.harness.ShippedBalancer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A node with the heap and the options of the image, HAProxy in front of it, and attacker processes. */
final class Arena implements AutoCloseable {
    /** Flags besides {@code colour}; their variants take 0.9 MB of a response. */
    static final int LARGE_FLAGS = 90;

    private static final Duration START = Duration.ofSeconds(60);
    private static final int LARGE_BYTES = 10_000;
    private static final int MOST_CONNECTIONS_OF_A_PROCESS = 15_000;

    /** The options of the Dockerfile in a container of 1 GiB. */
    static final String[] OPTIONS = {
        "-Xmx614m", "-XX:TieredStopAtLevel=4", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError", "-XX:-UsePerfData"
    };

    private final Path directory;
    private final JarNode node;
    private @Nullable ShippedBalancer balancer;

    private Arena(Path directory, JarNode node) {
        this.directory = directory;
        this.node = node;
    }

    static Arena open(Path directory) {
        NodeSettings settings = NodeSettings.of(directory, Neighbours.unique("arena"))
                .set("postgres.uri", Neighbours.database())
                .set("admin.token", JarNode.TOKEN)
                // The default; most tests use a longer timeout.
                .set("evaluation.timeout", "400ms");
        JarNode node = JarNode.start(settings, OPTIONS);
        try {
            node.awaitReady();
            node.putRuleset(ruleset());
            return new Arena(directory, node);
        } catch (RuntimeException | Error e) {
            node.close();
            throw e;
        }
    }

    static String largeFlag(int number) {
        return "large-" + number;
    }

    private static String ruleset() {
        JsonObject client = Documents.deployment()
                .put("key", Attacks.CLIENT_KEY)
                .put("label", "attackers")
                .put("type", "client");
        List<JsonObject> flags = new ArrayList<>(List.of(Documents.colourFlag("red")));
        for (int i = 0; i < LARGE_FLAGS; i++) {
            JsonObject variant = new JsonObject().put("key", "on").put("payload", "p".repeat(LARGE_BYTES));
            flags.add(new JsonObject()
                    .put("key", largeFlag(i))
                    .put("variants", new JsonObject().put("on", variant))
                    .put("segments", JsonArray.of(new JsonObject().put("variant", "on"))));
        }
        return Documents.document(List.of(Documents.deployment(), client), flags)
                .encode();
    }

    JarNode node() {
        return node;
    }

    /** The port of the clients. HAProxy starts with the first call that asks for it. */
    int port(boolean balanced) {
        if (!balanced) {
            return node.httpPort();
        }
        ShippedBalancer present = balancer;
        if (present == null) {
            present = ShippedBalancer.before(directory.resolve("haproxy"), node);
            balancer = present;
        }
        return present.port();
    }

    boolean isAlive() {
        return node.process().isAlive();
    }

    Footprint footprint() {
        return Footprint.of(node);
    }

    /**
     * Runs an attack and returns its result. Attackers have a lower priority than the node, because real ones have their own
     * machines.
     *
     * @param begun called once all attackers have started
     */
    Swarm.Result attack(Attack attack, int connections, boolean balanced, Duration time, Runnable begun) {
        int port = attack.door() == Attack.Door.ADMIN ? node.adminPort() : port(balanced);
        List<ServerProcess> attackers = new ArrayList<>();
        Swarm.Result result = Swarm.Result.NONE;
        try {
            for (int left = connections; left > 0; left -= MOST_CONNECTIONS_OF_A_PROCESS) {
                int some = Math.min(left, MOST_CONNECTIONS_OF_A_PROCESS);
                attackers.add(attacker(attack.name(), port, some, time.toSeconds()));
            }
            for (ServerProcess attacker : attackers) {
                attacker.awaitLine("^attacking", START);
            }
            begun.run();
            for (ServerProcess attacker : attackers) {
                String line = attacker.awaitLine("^result: ", time.plusSeconds(60));
                result = result.plus(Swarm.Result.parse(line));
            }
            return result;
        } finally {
            attackers.forEach(ServerProcess::close);
        }
    }

    private ServerProcess attacker(String name, int port, int connections, long seconds) {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        List<String> arguments =
                List.of(name, String.valueOf(port), String.valueOf(connections), String.valueOf(seconds));
        List<String> command = Stream.concat(
                        Stream.of(
                                "nice",
                                "-n",
                                "10",
                                java,
                                "-Xmx800m",
                                "-XX:+UseSerialGC",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Swarm.class.getName()),
                        arguments.stream())
                .toList();
        return ServerProcess.start(command, Map.of(), directory.resolve("attackers"));
    }

    @Override
    public void close() {
        if (balancer != null) {
            balancer.close();
        }
        node.close();
    }
}
