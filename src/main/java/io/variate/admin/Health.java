package io.variate.admin;

import io.variate.assignments.AssignmentLog.Standing;
import io.variate.assignments.AssignmentLog.State;
import io.variate.assignments.LedgerReader;
import io.variate.assignments.delivery.DeliveryStatus;
import io.variate.cluster.Cluster;
import io.variate.cohorts.CohortStatus;
import io.variate.cohorts.CohortSynchronizer;
import io.variate.config.Settings;
import io.variate.config.Settings.Role;
import io.variate.config.Settings.WhenFull;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.RulesetSynchronizer;
import io.variate.rulesets.SourceStatus;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether this node should get requests, and how everything it leans on does.
 *
 * <p>A ruleset makes a node ready: with database and Kafka gone it goes on answering, and says so here. With
 * {@code assignments.when-full: refuse} it is not ready while its log takes no events, for all that it could answer then
 * are requests that are not recorded.
 */
public final class Health {
    static final JsonObject ALIVE = new JsonObject().put("status", "live");

    private final Settings settings;
    private final CurrentRuleset current;
    private final RulesetSynchronizer synchronizer;
    private final CohortSynchronizer cohorts;
    private final LedgerReader books;
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
            CohortSynchronizer cohorts,
            LedgerReader books,
            DeliveryStatus delivery,
            Cluster cluster,
            BooleanSupplier accepting) {
        this.settings = settings;
        this.current = current;
        this.synchronizer = synchronizer;
        this.cohorts = cohorts;
        this.books = books;
        this.delivery = delivery;
        this.cluster = cluster;
        this.accepting = accepting;
    }

    /**
     * What the readiness call answers.
     *
     * @param body with everything that is known
     */
    record Report(boolean ready, JsonObject body) {}

    /** Never fails. */
    Future<Report> report() {
        return books.read().map(this::report).otherwise(failure -> report(null));
    }

    /** @param log null if it does not answer */
    private Report report(@Nullable Standing log) {
        boolean ready = accepting.getAsBoolean() && current.get() != null && cluster.isSettled() && mayAnswer(log);
        JsonObject body = new JsonObject()
                .put("status", ready ? "ready" : "not ready")
                .put("node", settings.node().id())
                .put("zone", settings.node().zone())
                .put("ruleset", ruleset())
                .put("assignments", assignments(log))
                .put(
                        "dependencies",
                        new JsonObject()
                                .put(settings.rulesets().file() == null ? "postgres" : "file", source())
                                .put("cohorts", cohorts())
                                .put("kafka", dependency(delivery.state(), delivery.reason()))
                                .put("cluster", cluster()));
        return new Report(ready, body);
    }

    private boolean mayAnswer(@Nullable Standing log) {
        return !settings.has(Role.EVALUATOR)
                || settings.assignments().whenFull() != WhenFull.REFUSE
                || (log != null && log.state() == State.UP);
    }

    private JsonObject assignments(@Nullable Standing log) {
        if (!settings.has(Role.EVALUATOR)) {
            return dependency("none", null);
        }
        if (log == null) {
            return dependency("down", "the disk does not answer");
        }
        return dependency(log.state().name().toLowerCase(Locale.ROOT), log.reason())
                .put("spooled", log.lag().records())
                .put("lagSeconds", log.lag().age().toMillis() / 1000.0);
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

    private JsonObject cohorts() {
        CohortStatus status = cohorts.status();
        return dependency(status.state(), status.reason());
    }

    private JsonObject cluster() {
        return settings.cluster().enabled()
                ? dependency(cluster.isSettled() ? "up" : "joining", null)
                        .put("size", cluster.size())
                        .put("safe", cluster.isSafe())
                : dependency("none", null);
    }

    private static JsonObject dependency(String state, @Nullable String reason) {
        JsonObject dependency = new JsonObject().put("status", state);
        return reason == null ? dependency : dependency.put("reason", reason);
    }
}
