package io.variate.observability;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Names of the metrics that Variate adds to those of Vert.x, each with the help text that Prometheus shows. Prometheus
 * replaces each {@code .} of a name by {@code _}.
 */
public final class MetricNames {
    private static final Map<String, String> HELP = new HashMap<>();

    public static final String POSTGRES_QUERIES =
            metric("variate.postgres.queries", "Queries to PostgreSQL by query and outcome");

    public static final String POSTGRES_LISTENING = metric(
            "variate.postgres.listening",
            "1 while this node receives notifications of PostgreSQL on the channel; 0 while it only polls or is a follower");

    public static final String EVALUATION =
            metric("variate.evaluation", "Time of evaluating one request and encoding its results");

    public static final String EXPIRED =
            metric("variate.evaluation.expired", "Requests that expired before they were evaluated");

    public static final String REFUSED_MESSAGES =
            metric("variate.bus.refused.messages", "Event bus messages rejected undecoded, by address and reason");

    public static final String FLAG_FAILURES = metric(
            "variate.evaluation.flag.failures", "Flags that failed to evaluate and were omitted from a response");

    public static final String ABANDONED_MATCHES = metric(
            "variate.evaluation.abandoned.matches",
            "Regular expression matches aborted after evaluation.pattern-steps");

    public static final String RULESET_REVISION =
            metric("variate.ruleset.revision", "Revision of the ruleset that this node serves; -1 without a ruleset");

    public static final String RULESET_AGE =
            metric("variate.ruleset.age.seconds", "Seconds since this node last confirmed that its ruleset is current");

    public static final String RULESET_REFUSED_DELTAS = metric(
            "variate.ruleset.refused.deltas", "Ruleset deltas and cached rulesets that this node rejected, by reason");

    public static final String RULESET_SOURCE_DOWN = metric(
            "variate.ruleset.source.down",
            "1 while this node should read the ruleset source and cannot; the readiness check reports the cause");

    public static final String RULESET_HISTORY_DIVERGED = metric(
            "variate.ruleset.history.diverged",
            "1 while the database does not continue the served ruleset and writes are refused; settle it with POST"
                    + " /api/1/ruleset/recover");

    public static final String UPSTREAM_AGE = metric(
            "variate.upstream.age.seconds",
            "Seconds since the last successful request for the resource of the upstream that waits longest; 0 on nodes that"
                    + " do not read the upstream");

    public static final String UPSTREAM_STALE = metric(
            "variate.upstream.stale",
            "1 while a resource of the upstream is older than upstream.max-age on the node that reads the upstream");

    public static final String UPSTREAM_FAILURES =
            metric("variate.upstream.failures", "Failed requests to the upstream, by resource and reason");

    public static final String UPSTREAM_STREAMS =
            metric("variate.upstream.streams", "Flag streams of the upstream that this node is connected to");

    public static final String UPSTREAM_FLAGS_LEFT_OUT =
            metric("variate.upstream.flags.left.out", "Flags of the upstream that cannot be read and are omitted");

    public static final String COHORTS_DOWN = metric(
            "variate.cohorts.down",
            "1 while this node cannot check for cohorts or fetch one; the readiness check reports the cause");

    public static final String RULESET_PROBLEMS = metric(
            "variate.ruleset.problems",
            "Problems of the ruleset: flags left out, conditions that never hold, and mistakes in flags");

    public static final String RULESET_WITHHELD = metric(
            "variate.ruleset.withheld.flags",
            "Flags withheld from SDKs with local evaluation because some SDKs cannot compile a pattern");

    public static final String ASSIGNMENTS_EVALUATED =
            metric("variate.assignments.evaluated", "Answered evaluations, tracked or not");

    public static final String ASSIGNMENTS_UNTRACKED = metric(
            "variate.assignments.untracked",
            "Evaluations without an event: the client disabled tracking, or the user has no id");

    public static final String ASSIGNMENTS_DELIVERED =
            metric("variate.assignments.delivered", "Events acknowledged by Kafka, or without Kafka by Amplitude");

    public static final String ASSIGNMENTS_EXPOSURES =
            metric("variate.assignments.exposures", "Exposure events created by this node");

    public static final String ASSIGNMENTS_RECEIVED =
            metric("variate.assignments.received", "Assignment and exposure events received from clients");

    public static final String ASSIGNMENTS_DEDUPLICATED = metric(
            "variate.assignments.deduplicated",
            "Events dropped because the same event was recorded within the deduplication window");

    public static final String ASSIGNMENTS_SPOOLED =
            metric("variate.assignments.spooled", "Events on disk that are not yet acknowledged");

    public static final String ASSIGNMENTS_SPOOLED_BYTES =
            metric("variate.assignments.spool.bytes", "Size of the events on disk that are not yet acknowledged");

    public static final String ASSIGNMENTS_LAG =
            metric("variate.assignments.lag.seconds", "Seconds since the oldest unacknowledged event was recorded");

    public static final String ASSIGNMENTS_LOST = metric("variate.assignments.lost", "Events lost, by cause");

    public static final String COHORTS = metric("variate.cohorts", "Uploaded cohorts that this node holds");

    public static final String COHORT_MEMBERS =
            metric("variate.cohort.members", "Members of the uploaded cohorts that this node holds");

    public static final String EVENTS_FORWARDED = metric(
            "variate.events.forwarded",
            "Client events of other types than assignment and exposure that Kafka or Amplitude has acknowledged");

    public static final String AMPLITUDE_REQUESTS =
            metric("variate.amplitude.requests", "Requests to Amplitude's ingestion endpoint, by outcome");

    public static final String AMPLITUDE_REJECTED =
            metric("variate.amplitude.rejected", "Events that cannot be delivered to Amplitude, by reason");

    public static final String FORWARDER_RECEIVED =
            metric("variate.forwarder.received", "Events that the forwarder of this node has read from Kafka");

    public static final String FORWARDER_DELIVERED =
            metric("variate.forwarder.delivered", "Events from Kafka that Amplitude has taken");

    public static final String FORWARDER_REJECTED =
            metric("variate.forwarder.rejected", "Events from Kafka that are rejected permanently");

    public static final String FORWARDER_PENDING =
            metric("variate.forwarder.pending", "Events that the forwarder has read and not yet settled");

    public static final String FORWARDER_LAG = metric(
            "variate.forwarder.lag.records",
            "Events in the Kafka partitions of this forwarder that are not yet settled, read or unread");

    public static final String STREAMS_OPEN = metric("variate.streams.open", "Open flag streams");

    public static final String STREAMS_OPENED = metric("variate.streams.opened", "Flag streams opened since the start");

    public static final String STREAMS_DROPPED =
            metric("variate.streams.dropped", "Flag streams closed because the client stopped reading");

    public static final String CHANGE_STREAMS_OPEN =
            metric("variate.change.streams.open", "Open streams of changes on the admin port, mostly of consoles");

    public static final String COHORT_RESTORES = metric(
            "variate.cohort.restores",
            "Times that the uploaded cohorts went back to an older state, as after a database restore");

    public static final String COHORT_FAILED_FETCHES =
            metric("variate.cohort.failed.fetches", "Failed attempts to fetch a cohort");

    public static final String CLUSTER_MEMBERS = metric(
            "variate.cluster.members",
            "Cluster members that this node sees, including itself and lite members; 1 without a cluster");

    public static final String CLUSTER_SAFE = metric("variate.cluster.safe", "1 while all shared data has its backups");

    public static final String CLUSTER_LEADER =
            metric("variate.cluster.leader", "1 on the leader, the node that reads the ruleset source for all nodes");

    public static final String CLUSTER_REFUSED_JOINS = metric(
            "variate.cluster.refused.joins", "Connections and joins that the Hazelcast port rejected, by reason");

    public static final String CLUSTER_CERTIFICATE_EXPIRY = metric(
            "variate.cluster.certificate.expiry.timestamp.seconds",
            "Unix time at which the event bus certificate of this node expires; absent without TLS");

    public static final String EVENT_LOOP_LAG = metric(
            "variate.event.loop.lag.seconds", "Longest delay of the event loop within the last minute, by thread");

    public static final String LOG_WITHHELD =
            metric("variate.log.withheld", "Repeated library warnings that were suppressed");

    public static final String CONNECTIONS_OPEN =
            metric("variate.connections.open", "Open client connections, by port");

    public static final String CONNECTIONS_CUT = metric(
            "variate.connections.cut", "Client connections and HTTP/2 streams closed by this node, by port and cause");

    public static final String MEMORY_USED = metric(
            "variate.client.memory.used.bytes", "Memory that clients hold beyond their fixed allowance, by account");

    public static final String MEMORY_LIMIT =
            metric("variate.client.memory.limit.bytes", "Limit of the memory that clients can hold, by account");

    public static final String MEMORY_REFUSED =
            metric("variate.client.memory.refused", "Rejected reservations of client memory, by account");

    private MetricNames() {}

    private static String metric(String name, String help) {
        HELP.put(name, help);
        return name;
    }

    /** The help text of a metric; null if the metric is not one of Variate's. Any thread. */
    static @Nullable String help(String name) {
        return HELP.get(name);
    }
}
