package io.variate.admin.console;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.variate.admin.Health;
import io.variate.admin.LedgerEndpoint;
import io.variate.assignments.LedgerReader;
import io.variate.bus.FailureCode;
import io.variate.bus.LedgerResponse;
import io.variate.bus.NodeReport;
import io.variate.bus.NodeReportRequest;
import io.variate.cluster.Cluster;
import io.variate.config.Release;
import io.variate.config.Settings;
import io.variate.config.Settings.Role;
import io.variate.observability.MetricNames;
import io.variate.rulesets.CurrentRuleset;
import io.vertx.core.Future;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Describes this node for operators, here and on other nodes: what health, ledger and metrics know. Contains no secrets.
 *
 * <p>Thread-safe; never blocks.
 */
public final class NodeState {
    /** Of the dependencies, these have members of their own. */
    private static final Set<String> SHOWN_APART = Set.of("postgres", "kafka");

    /** Statuses that an operator must look at. */
    private static final Set<String> PROBLEMATIC = Set.of("down", "diverged", "full", "joining");

    private static final String STATUS = "status";
    private static final JsonObject NOT_USED = new JsonObject().put(STATUS, "none");

    private final Settings settings;
    private final Health health;
    private final LedgerReader ledger;
    private final CurrentRuleset current;
    private final Cluster cluster;
    private final MeterRegistry metrics;
    private final Instant startedAt;

    /** Describes the components of a node. */
    public NodeState(
            Settings settings,
            Health health,
            LedgerReader ledger,
            CurrentRuleset current,
            Cluster cluster,
            MeterRegistry metrics,
            Instant startedAt) {
        this.settings = settings;
        this.health = health;
        this.ledger = ledger;
        this.current = current;
        this.cluster = cluster;
        this.metrics = metrics;
        this.startedAt = startedAt;
    }

    /** The present state, within about a second; never fails. */
    Future<JsonObject> read() {
        Future<@Nullable LedgerResponse> counted = ledger.ledger().otherwiseEmpty();
        return counted.compose(counters -> health.report().map(report -> describe(report, counters)));
    }

    /** Answers each {@link NodeReportRequest} to an address until Vert.x is closed. */
    public Future<?> answerAt(EventBus bus, String address) {
        return bus.<NodeReportRequest>consumer(address, this::answer).completion();
    }

    private void answer(Message<NodeReportRequest> message) {
        read().onComplete(
                        state -> message.reply(new NodeReport(state.encode())),
                        failure -> message.fail(FailureCode.INTERNAL.number(), "cannot describe the node"));
    }

    private JsonObject describe(Health.Report report, @Nullable LedgerResponse counters) {
        JsonObject body = report.body();
        JsonObject dependencies = body.getJsonObject("dependencies");
        boolean hasRuleset = current.get() != null;
        return new JsonObject()
                .put("id", cluster.member())
                .put("name", settings.node().id())
                .put("version", Release.version())
                .put("address", address())
                .put("zone", settings.node().zone())
                .put("roles", roles())
                .put("startedAt", Times.text(startedAt))
                .put("ready", report.ready())
                .put("problems", problems(body, dependencies))
                .put("revision", hasRuleset ? current.revision() : null)
                .put("revisionAgeSeconds", hasRuleset ? current.age().toMillis() / 1000.0 : null)
                .put(
                        "loopLagSeconds",
                        largest(metrics.find(MetricNames.EVENT_LOOP_LAG).gauges()))
                .put("memory", memory())
                .put("ledger", counters == null ? null : LedgerEndpoint.toJson(counters))
                .put("spool", spool(body.getJsonObject("assignments"), counters))
                .put("kafka", dependencies.getJsonObject("kafka", NOT_USED))
                .put("postgresql", dependencies.getJsonObject("postgres", NOT_USED));
    }

    private String address() {
        String ofCluster = cluster.address();
        return ofCluster == null
                ? settings.admin().host() + ":" + settings.admin().port()
                : ofCluster;
    }

    private JsonArray roles() {
        return new JsonArray(Arrays.stream(Role.values())
                .filter(settings::has)
                .map(role -> role.name().toLowerCase(Locale.ROOT))
                .toList());
    }

    private JsonArray problems(JsonObject body, JsonObject dependencies) {
        JsonArray problems = new JsonArray();
        if (current.get() == null) {
            problems.add("the node has no ruleset yet");
        }
        addProblem(problems, "event log", body.getJsonObject("assignments"));
        dependencies.fieldNames().stream()
                .filter(name -> !SHOWN_APART.contains(name))
                .forEach(name -> addProblem(problems, name, dependencies.getJsonObject(name)));
        return problems;
    }

    private static void addProblem(JsonArray problems, String name, JsonObject dependency) {
        String status = dependency.getString(STATUS);
        if (PROBLEMATIC.contains(status)) {
            String reason = dependency.getString("reason");
            problems.add(name + " is " + status + (reason == null ? "" : ": " + reason));
        }
    }

    /** The heap, and what clients of the public port hold. */
    private JsonObject memory() {
        Runtime runtime = Runtime.getRuntime();
        return new JsonObject()
                .put("usedBytes", runtime.totalMemory() - runtime.freeMemory())
                .put("maxBytes", runtime.maxMemory())
                .put("clientBytes", (long) largest(ofClients(MetricNames.MEMORY_USED)))
                .put("clientMaxBytes", (long) largest(ofClients(MetricNames.MEMORY_LIMIT)));
    }

    private Collection<Gauge> ofClients(String name) {
        return metrics.find(name).tag("account", "clients").gauges();
    }

    private static double largest(Collection<Gauge> gauges) {
        return gauges.stream().mapToDouble(Gauge::value).max().orElse(0);
    }

    private static JsonObject spool(JsonObject assignments, @Nullable LedgerResponse counters) {
        JsonObject spool = new JsonObject().put(STATUS, assignments.getString(STATUS));
        return counters == null
                ? spool
                : spool.put("records", counters.spooled())
                        .put("bytes", counters.spooledBytes())
                        .put("seconds", counters.lagMillis() / 1000.0);
    }
}
