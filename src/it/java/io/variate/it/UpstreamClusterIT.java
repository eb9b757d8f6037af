package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.harness.AmplitudeStandIn;
import io.variate.it.harness.AmplitudeStandIn.Project;
import io.variate.it.harness.AmplitudeStandIn.Resource;
import io.variate.it.harness.Documents;
import io.variate.it.harness.Fleet;
import io.variate.it.harness.JarNode;
import io.variate.it.harness.Neighbours;
import io.variate.it.harness.NodeSettings;
import io.variate.it.harness.SdkRuleset;
import io.variate.testing.Await;
import io.variate.testing.FreePorts;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three nodes in front of one upstream: one of them requests flags and cohorts for all. */
class UpstreamClusterIT {
    private static final Project SHOP = new Project("101", "api-shop", "secret-shop", "management-shop");
    private static final List<String> NAMES = List.of("one", "two", "three");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private final AmplitudeStandIn upstream = new AmplitudeStandIn();
    private final Map<String, JarNode> nodes = new LinkedHashMap<>();

    @BeforeEach
    void startThreeNodes() {
        upstream.add(SHOP);
        upstream.addDeployment(SHOP, Documents.KEY, flags("first"));
        upstream.putCohort(SHOP, "staff", "User", 1, List.of("ann"));
        String cluster = Neighbours.unique("upstream");
        List<Integer> ports = FreePorts.some(NAMES.size());
        for (int i = 0; i < NAMES.size(); i++) {
            String name = NAMES.get(i);
            nodes.put(
                    name,
                    JarNode.launch(NodeSettings.of(directory, name)
                            .following(upstream.listen(name))
                            .set("upstream.api-key", SHOP.apiKey())
                            .set("upstream.secret-key", SHOP.secretKey())
                            .set("upstream.management-key", SHOP.managementKey())
                            .set("upstream.streams", false)
                            .set("upstream.flags-interval", "250ms")
                            .set("upstream.deployments-interval", "250ms")
                            .set("upstream.cohorts-interval", "250ms")
                            .set("admin.token", JarNode.TOKEN)
                            .joining(cluster, ports, i)));
        }
        nodes.values().forEach(node -> node.awaitUp().awaitReady());
    }

    @AfterEach
    void stop() {
        nodes.values().forEach(JarNode::close);
        upstream.close();
    }

    private static JsonObject[] flags(String colour) {
        return new JsonObject[] {
            Documents.colourFlag(colour), SdkRuleset.flag("staff", "local", SdkRuleset.inCohort("staff"))
        };
    }

    @Test
    void oneNodePollsAndAnotherTakesOverWhenItIsKilled() {
        awaitServed("first");
        String leader = awaitOnlyPoller();

        Objects.requireNonNull(nodes.remove(leader)).kill();
        upstream.setFlags(Documents.KEY, flags("second"));
        upstream.putCohort(SHOP, "staff", "User", 2, List.of("ann", "bob"));
        Duration took = awaitServed("second");
        System.out.printf("upstream: change served by the others %d ms after the leader was killed%n", took.toMillis());
        Await.until("all evaluate with the new members", Fleet.SOON, () -> nodes.values().stream()
                .allMatch(node -> answer(node, "bob").contains("\"staff\"")));
        assertThat(awaitOnlyPoller()).isNotEqualTo(leader);
    }

    /** The name of the only node that has requested flags while these were requested several times. */
    private String awaitOnlyPoller() {
        Map<String, Integer> before = counts();
        Await.until("flags were requested again", Fleet.SOON, () -> counts().entrySet().stream()
                .anyMatch(each -> each.getValue() >= before.getOrDefault(each.getKey(), 0) + 5));
        Map<String, Integer> after = counts();
        List<String> pollers = NAMES.stream()
                .filter(name -> !Objects.equals(after.get(name), before.get(name)))
                .toList();
        assertThat(pollers).as("requests before %s, after %s", before, after).hasSize(1);
        return pollers.get(0);
    }

    private Map<String, Integer> counts() {
        Map<String, Integer> counts = new LinkedHashMap<>();
        for (String name : NAMES) {
            counts.put(
                    name,
                    upstream.requests(name, Resource.FLAGS)
                            + upstream.requests(name, Resource.DEPLOYMENTS)
                            + upstream.requests(name, Resource.COHORT));
        }
        return counts;
    }

    private Duration awaitServed(String colour) {
        return Await.until("all serve " + colour, Fleet.SOON, () -> nodes.values().stream()
                .allMatch(node -> answer(node, "u").contains("\"" + colour + "\"")));
    }

    private static String answer(JarNode node, String user) {
        return node.vardata(Documents.KEY, Map.of("user_id", user)).body();
    }
}
