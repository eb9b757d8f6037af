package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.harness.Documents;
import io.variate.it.harness.JarNode;
import io.variate.it.harness.Lan;
import io.variate.it.harness.Neighbours;
import io.variate.it.harness.NodeSettings;
import io.variate.testing.FreePorts;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes find each other or do not, and leave in order. */
class JoinIT {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String OTHER_VERSION = "5.6.0";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    private final List<JarNode> nodes = new ArrayList<>();
    private final String cluster = Neighbours.unique("join");
    private final List<Integer> ports = FreePorts.some(3);

    @AfterEach
    void stop() {
        nodes.forEach(JarNode::close);
    }

    @Test
    void theRulesetSurvivesWhenNodesLeaveOneByOne() throws IOException {
        JarNode one = start(node("one", 0).set("rulesets.file", ruleset()));
        JarNode two = start(node("two", 1));
        assertThat(one.terminate(SOON)).isEqualTo(143);
        JarNode three = start(node("three", 2));
        assertThat(three.origin()).isEqualTo("cluster");

        assertThat(two.terminate(SOON)).isEqualTo(143);
        JarNode again = start(node("again", 0));
        assertThat(again.origin()).isEqualTo("cluster");
        assertThat(again.revision(Documents.KEY)).isEqualTo(three.revision(Documents.KEY));
    }

    @Test
    void aNodeStopsInBoundedTimeWhileAnotherIsSuspended() throws IOException {
        JarNode one = start(node("leaving", 0).set("rulesets.file", ruleset()));
        JarNode two = start(node("hanging", 1));
        two.process().sendSignal("STOP");
        long begun = System.nanoTime();
        assertThat(one.terminate(Duration.ofSeconds(30))).isEqualTo(143);
        System.out.printf("leave: %d ms while another node hangs%n", (System.nanoTime() - begun) / 1_000_000);
    }

    @Test
    void rejectsANodeOfAnotherHazelcastVersionWithoutDisruption() throws IOException {
        JarNode one = start(node("first", 0).set("rulesets.file", ruleset()));
        JarNode other = JarNode.launch(node("other", 1).property("hazelcast.internal.override.version", OTHER_VERSION));
        nodes.add(other);

        assertThat(other.process().exitCode(JarNode.START)).isEqualTo(1);
        assertThat(size(one)).isEqualTo(1);
        assertThat(one.revision(Documents.KEY)).isNotNegative();
    }

    @Test
    void nodesDiscoverEachOtherByServiceName() throws IOException {
        find("service", "nodes.example", "nodes.example", (node, name) -> node.set("cluster.kubernetes-service", name));
    }

    @Test
    void nodesDiscoverEachOtherByHostName() throws IOException {
        find("names", "one.example", "two.example", (node, name) -> node.set("cluster.host", name)
                .set("cluster.members", "one.example,two.example"));
    }

    /** Two machines, each known to both by the name given. */
    private void find(String id, String first, String second, BiFunction<NodeSettings, String, NodeSettings> joining)
            throws IOException {
        try (Lan lan = Lan.of(2)) {
            Path hosts = Files.writeString(
                    directory.resolve(id + "-hosts"),
                    "%s %s%n%s %s%n"
                            .formatted(
                                    lan.machine(0).address(),
                                    first,
                                    lan.machine(1).address(),
                                    second));
            NodeSettings settings = machine(id + "-one", lan.machine(0), hosts).set("rulesets.file", ruleset());
            JarNode one = start(joining.apply(settings, first), lan.machine(0));
            JarNode two = start(joining.apply(machine(id + "-two", lan.machine(1), hosts), second), lan.machine(1));
            assertThat(size(one)).isEqualTo(2);
            assertThat(two.origin()).isEqualTo("cluster");
            stop();
        }
    }

    private static NodeSettings machine(String id, Lan.Machine machine, Path hosts) {
        return NodeSettings.of(directory, id)
                .property("jdk.net.hosts.file", hosts)
                .set("admin.token", JarNode.TOKEN)
                .set("cluster.enabled", true)
                .set("cluster.host", machine.address())
                // Not the one that Hazelcast would try by itself.
                .set("cluster.port", 5733)
                .set("http.host", machine.outside())
                .set("admin.host", machine.outside())
                .set("assignments.flush-timeout", "1ms");
    }

    private NodeSettings node(String id, int place) {
        return NodeSettings.of(directory, id)
                .joining(cluster, ports, place)
                .set("assignments.flush-timeout", "1ms")
                .set("admin.token", JarNode.TOKEN);
    }

    private JarNode start(NodeSettings settings) {
        JarNode node = JarNode.start(settings);
        nodes.add(node);
        node.awaitReady();
        return node;
    }

    private JarNode start(NodeSettings settings, Lan.Machine machine) {
        JarNode node = JarNode.launch(settings, machine);
        nodes.add(node);
        node.awaitUp().awaitReady();
        return node;
    }

    private static int size(JarNode node) {
        return new JsonObject(node.readiness().body())
                .getJsonObject("dependencies")
                .getJsonObject("cluster")
                .getInteger("size");
    }

    private static Path ruleset() throws IOException {
        return Files.writeString(directory.resolve("ruleset.json"), Documents.colour("teal"));
    }
}
