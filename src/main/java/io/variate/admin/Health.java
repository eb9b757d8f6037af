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
import io.variate.rulesets.SourceStatus.Divergence;
import io.variate.upstream.UpstreamStatus;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reports whether this node should receive requests, and the state of its dependencies.
 *
 * <p>A node with a ruleset is ready: without its database, Kafka and Amplitude it keeps serving, and reports them here as down. With
 * {@code assignments.when-full: refuse} it is not ready while its log accepts no events, because it then rejects every
 * request that must be recorded.
 */
public final class Health {
    static final JsonObject ALIVE = new JsonObject().put("status", "live");

    private final Settings settings;
    private final CurrentRuleset current;
    private final RulesetSynchronizer synchronizer;
    private final CohortSynchronizer cohorts;
    private final LedgerReader ledger;
    private final DeliveryStatus delivery;
    private final DeliveryStatus forwarder;
    private final Cluster cluster;
    private final @Nullable UpstreamStatus upstream;
    private final BooleanSupplier accepting;

    /**
     * Reports on the components of a node.
     *
     * @param upstream null without an upstream
     * @param accepting whether the node has started and does not shut down
     */
    public Health(
            Settings settings,
            CurrentRuleset current,
            RulesetSynchronizer synchronizer,
            CohortSynchronizer cohorts,
            LedgerReader ledger,
            DeliveryStatus delivery,
            DeliveryStatus forwarder,
            Cluster cluster,
            @Nullable UpstreamStatus upstream,
            BooleanSupplier accepting) {
        this.settings = settings;
        this.current = current;
        this.synchronizer = synchronizer;
        this.cohorts = cohorts;
        this.ledger = ledger;
        this.delivery = delivery;
        this.forwarder = forwarder;
        this.cluster = cluster;
        this.upstream = upstream;
        this.accepting = accepting;
    }

    /**
     * The result of a readiness check.
     *
     * @param body the details, for the response
     */
    public record Report(boolean ready, JsonObject body) {}

    /** Checks the node; never fails. */
    public Future<Report> report() {
        return ledger.read().map(this::report).otherwise(failure -> report(null));
    }

    /** @param log null if it cannot be read */
    private Report report(@Nullable Standing log) {
        boolean ready = accepting.getAsBoolean() && current.get() != null && cluster.isSettled() && mayServe(log);
        JsonObject body = new JsonObject()
                .put("status", ready ? "ready" : "not ready")
                .put("node", settings.node().id())
                .put("zone", settings.node().zone())
                .put("ruleset", ruleset())
                .put("assignments", assignments(log))
                .put(
                        "dependencies",
                        new JsonObject()
                                .put(nameOfSource(), source())
                                .put("cohorts", cohorts())
                                .put(destination(), dependency(delivery.state(), delivery.reason()))
                                .put("forwarder", dependency(forwarder.state(), forwarder.reason()))
                                .put("cluster", cluster()));
        return new Report(ready, body);
    }

    private String destination() {
        return settings.kafka().bootstrapServers() == null
                        && settings.amplitude().events()
                ? "amplitude"
                : "kafka";
    }

    private boolean mayServe(@Nullable Standing log) {
        return !settings.has(Role.EVALUATOR)
                || settings.assignments().whenFull() != WhenFull.REFUSE
                || (log != null && log.state() == State.UP);
    }

    private JsonObject assignments(@Nullable Standing log) {
        if (!settings.has(Role.EVALUATOR)) {
            return dependency("none", null);
        }
        if (log == null) {
            return dependency("down", "the disk does not respond");
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

    private String nameOfSource() {
        if (upstream != null) {
            return "upstream";
        }
        return settings.rulesets().file() == null ? "postgres" : "file";
    }

    private JsonObject source() {
        JsonObject source = statusOfSource();
        UpstreamStatus freshness = upstream;
        if (freshness == null || !freshness.isFollowing()) {
            return source;
        }
        return source.put("stale", freshness.isStale())
                .put("deploymentsAgeSeconds", seconds(freshness.age(UpstreamStatus.Kind.DEPLOYMENTS)))
                .put("flagsAgeSeconds", seconds(freshness.age(UpstreamStatus.Kind.FLAGS)))
                .put("flagsLeftOut", freshness.flagsLeftOut())
                .put("streams", freshness.streams())
                .put("connectedStreams", freshness.connectedStreams());
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }

    private JsonObject statusOfSource() {
        SourceStatus status = synchronizer.sourceStatus();
        Divergence divergence = status.divergence();
        return divergence == null
                ? dependency(status.state(), status.reason())
                : dependency(status.state(), status.reason() + "; " + RulesetChanges.HOW_TO_RECOVER)
                        .put("served", RulesetChanges.toJson(divergence.served()))
                        .put("stored", RulesetChanges.toJson(divergence.found()));
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
