package io.variate.admin;

import io.variate.assignments.DeliveryStatus;
import io.variate.cluster.Cluster;
import io.variate.config.Settings;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.RulesetSynchronizer;
import io.variate.rulesets.SourceStatus;
import io.vertx.core.json.JsonObject;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether this node should get requests, and how everything it leans on does.
 *
 * <p>Only a ruleset makes a node ready: with database and Kafka gone it goes on answering, and says so here.
 */
public final class Health {
    static final JsonObject ALIVE = new JsonObject().put("status", "live");

    private final Settings settings;
    private final CurrentRuleset current;
    private final RulesetSynchronizer synchronizer;
    private final DeliveryStatus delivery;
    private final Cluster cluster;
    private final BooleanSupplier accepting;

    /**
     * Watches the parts of a node.
     *
     * @param accepting false before the node has started and from the moment it stops
     */
    public Health(
            Settings settings,
            CurrentRuleset current,
            RulesetSynchronizer synchronizer,
            DeliveryStatus delivery,
            Cluster cluster,
            BooleanSupplier accepting) {
        this.settings = settings;
        this.current = current;
        this.synchronizer = synchronizer;
        this.delivery = delivery;
        this.cluster = cluster;
        this.accepting = accepting;
    }

    boolean isReady() {
        return accepting.getAsBoolean() && current.get() != null;
    }

    JsonObject report() {
        return new JsonObject()
                .put("status", isReady() ? "ready" : "not ready")
                .put("node", settings.node().id())
                .put("zone", settings.node().zone())
                .put("ruleset", ruleset())
                .put(
                        "dependencies",
                        new JsonObject()
                                .put(settings.rulesets().file() == null ? "postgres" : "file", source())
                                .put("kafka", dependency(delivery.state(), delivery.reason()))
                                .put("cluster", cluster()));
    }

    private @Nullable JsonObject ruleset() {
        if (current.get() == null) {
            return null;
        }
        return new JsonObject()
                .put("origin", String.valueOf(current.origin()))
                .put("revision", current.revision())
                .put("ageSeconds", current.age().toMillis() / 1000.0);
    }

    private JsonObject source() {
        SourceStatus status = synchronizer.sourceStatus();
        return dependency(status.state(), status.reason());
    }

    private JsonObject cluster() {
        return settings.cluster().enabled()
                ? dependency("up", null).put("size", cluster.size()).put("safe", cluster.isSafe())
                : dependency("none", null);
    }

    private static JsonObject dependency(String state, @Nullable String reason) {
        JsonObject dependency = new JsonObject().put("status", state);
        return reason == null ? dependency : dependency.put("reason", reason);
    }
}
