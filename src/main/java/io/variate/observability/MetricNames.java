package io.variate.observability;

/** Names of the metrics that Variate adds to those of Vert.x; Prometheus shows them with {@code _} for {@code .}. */
public final class MetricNames {
    /** Counter; labels {@code query} and {@code outcome}. */
    public static final String POSTGRES_QUERIES = "variate.postgres.queries";

    /** Gauge: 1 while notifications of PostgreSQL arrive, 0 while a node polls only or does not lead; label {@code channel}. */
    public static final String POSTGRES_LISTENING = "variate.postgres.listening";

    /** Timer of the engine's work for one request, encoding included; with buckets. */
    public static final String EVALUATION = "variate.evaluation";

    /** Counter of requests that nobody waited for any more when an evaluator came to them. */
    public static final String EXPIRED = "variate.evaluation.expired";

    /** Counter of messages of the event bus that were refused unseen; labels {@code address} and {@code reason}. */
    public static final String REFUSED_MESSAGES = "variate.bus.refused.messages";

    /** Counter of flags that failed and were left out of an answer. */
    public static final String FLAG_FAILURES = "variate.evaluation.flag.failures";

    /** Counter of regular expressions that were given up because they took too many steps on a text. */
    public static final String ABANDONED_MATCHES = "variate.evaluation.abandoned.matches";

    /** Gauge: revision of the ruleset that this node answers from; -1 without one. */
    public static final String RULESET_REVISION = "variate.ruleset.revision";

    /** Gauge: seconds since this node last knew that its ruleset is the current one. */
    public static final String RULESET_AGE = "variate.ruleset.age.seconds";

    /** Gauge: 1 while this node leads, or tries to, and cannot read the source of the ruleset; health has the reason. */
    public static final String RULESET_SOURCE_DOWN = "variate.ruleset.source.down";

    /** Gauge: 1 while uploaded cohorts cannot be checked for, or one cannot be fetched; health has the reason. */
    public static final String COHORTS_DOWN = "variate.cohorts.down";

    /** Gauge: flags left out because they cannot be compiled. */
    public static final String RULESET_PROBLEMS = "variate.ruleset.problems";

    /** Gauge: flags left out for SDKs with local evaluation, because a pattern would make some of them fail. */
    public static final String RULESET_WITHHELD = "variate.ruleset.withheld.flags";

    /** Counter of answered evaluations, tracked or not. */
    public static final String ASSIGNMENTS_EVALUATED = "variate.assignments.evaluated";

    /** Counter of evaluations without event: their sender wanted none, or the user had no id. */
    public static final String ASSIGNMENTS_UNTRACKED = "variate.assignments.untracked";

    /** Counter of events that Kafka has acknowledged. */
    public static final String ASSIGNMENTS_DELIVERED = "variate.assignments.delivered";

    /** Counter of exposure events made. */
    public static final String ASSIGNMENTS_EXPOSURES = "variate.assignments.exposures";

    /** Counter of assignment and exposure events that clients sent. */
    public static final String ASSIGNMENTS_RECEIVED = "variate.assignments.received";

    /** Counter of assignments and received events that had been recorded within the window. */
    public static final String ASSIGNMENTS_DEDUPLICATED = "variate.assignments.deduplicated";

    /** Gauge: events on the disk that are not yet acknowledged. */
    public static final String ASSIGNMENTS_SPOOLED = "variate.assignments.spooled";

    /** Gauge: the bytes of these events. */
    public static final String ASSIGNMENTS_SPOOLED_BYTES = "variate.assignments.spool.bytes";

    /** Gauge: seconds since the oldest of these events was recorded. */
    public static final String ASSIGNMENTS_LAG = "variate.assignments.lag.seconds";

    /** Counter of events that are gone; label {@code cause}. */
    public static final String ASSIGNMENTS_LOST = "variate.assignments.lost";

    /** Gauge: cohorts that were uploaded, as far as this node has them. */
    public static final String COHORTS = "variate.cohorts";

    /** Gauge: members of these cohorts. */
    public static final String COHORT_MEMBERS = "variate.cohort.members";

    /** Counter of events of clients, of other types than assignments and exposures, that Kafka has acknowledged. */
    public static final String EVENTS_FORWARDED = "variate.events.forwarded";

    /** Gauge: streams of flags that are open. */
    public static final String STREAMS_OPEN = "variate.streams.open";

    /** Counter of streams that were opened. */
    public static final String STREAMS_OPENED = "variate.streams.opened";

    /** Counter of streams that were cut because their readers took nothing. */
    public static final String STREAMS_DROPPED = "variate.streams.dropped";

    /** Counter of times that the uploaded cohorts went back to an older state, as when the database is restored. */
    public static final String COHORT_RESTORES = "variate.cohort.restores";

    /** Counter of cohorts that could not be fetched; each try counts. */
    public static final String COHORT_FAILED_FETCHES = "variate.cohort.failed.fetches";

    /** Gauge: members of the cluster that this node sees, itself and lite members included; 1 without a cluster. */
    public static final String CLUSTER_MEMBERS = "variate.cluster.members";

    /** Gauge: 1 while all data that nodes share has its backups, 0 while it has not. */
    public static final String CLUSTER_SAFE = "variate.cluster.safe";

    /** Gauge: 1 on the node that reads the source of the ruleset for all, 0 on others. */
    public static final String CLUSTER_LEADER = "variate.cluster.leader";

    /** Counter of connections and joins of strangers that the port of Hazelcast refused; label {@code reason}. */
    public static final String CLUSTER_REFUSED_JOINS = "variate.cluster.refused.joins";

    /** Gauge: when the certificate that this node shows on the event bus ends, in seconds since 1970; none without TLS. */
    public static final String CLUSTER_CERTIFICATE_EXPIRY = "variate.cluster.certificate.expiry.timestamp.seconds";

    /** Gauge: how late, at most, an event loop was within the last minute, in seconds; label {@code thread}. */
    public static final String EVENT_LOOP_LAG = "variate.event.loop.lag.seconds";

    /** Counter of warnings of libraries that were not logged, being repetitions. */
    public static final String LOG_WITHHELD = "variate.log.withheld";

    /** Gauge: open connections; label {@code port}. */
    public static final String CONNECTIONS_OPEN = "variate.connections.open";

    /** Counter of connections, and of streams of HTTP/2, that the node ended; labels {@code port} and {@code cause}. */
    public static final String CONNECTIONS_CUT = "variate.connections.cut";

    /** Gauge: bytes of the account that clients hold; label {@code account}. */
    public static final String MEMORY_USED = "variate.client.memory.used.bytes";

    /** Gauge: bytes of the account that clients can hold; label {@code account}. */
    public static final String MEMORY_LIMIT = "variate.client.memory.limit.bytes";

    /** Counter of requests for memory that the account had no room for; label {@code account}. */
    public static final String MEMORY_REFUSED = "variate.client.memory.refused";

    private MetricNames() {}
}
