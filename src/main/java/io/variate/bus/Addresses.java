package io.variate.bus;

/** All event-bus addresses of Variate. {@link MessageType} lists the messages that each accepts. */
public final class Addresses {
    /**
     * Request and reply, clustered: the body is an {@link EvaluationRequest}, an {@link EvaluationBatch} or, from any
     * Vert.x language, the {@link io.vertx.core.json.JsonObject} described at {@link EvaluationRequest#fromJson} and
     * {@link EvaluationBatch#isBatch}; the reply has the same form.
     */
    public static final String EVALUATE = "variate.evaluate";

    /** As {@link #EVALUATE}, but for the sending node only, where messages pass by reference. */
    public static final String EVALUATE_ON_THIS_NODE = "variate.evaluate.local";

    /** Published, clustered: the {@link EvaluatorAnnouncement}s of evaluator nodes. */
    public static final String EVALUATORS = "variate.evaluators";

    /**
     * Request and reply, clustered: an {@link AssignmentBatch} from a node without the analytics role. The reply means
     * that Kafka has acknowledged every event but the rejected ones, which it counts.
     */
    public static final String ASSIGNMENTS = "variate.assignments";

    /**
     * Request and reply, clustered: {@link ReceivedEvents} for an evaluator node, which has an event log. The reply means that
     * every event is in the log, or is counted as deduplicated or lost.
     */
    public static final String RECEIVED = "variate.received";

    /** As {@link #RECEIVED}, but for the sending node only. */
    public static final String RECEIVED_ON_THIS_NODE = "variate.received.local";

    /**
     * Request and reply, clustered: an {@link AssignmentBatch} of events that are neither assignments nor exposures, for a
     * separate topic. The reply is the number of events that Kafka rejected permanently; it has acknowledged the others.
     */
    public static final String FORWARDED = "variate.forwarded";

    /** As {@link #FORWARDED}, but for the sending node only. */
    public static final String FORWARDED_ON_THIS_NODE = "variate.forwarded.local";

    /** Published, clustered: uploaded cohorts have changed. The content of the body is ignored. */
    public static final String COHORTS_CHANGED = "variate.cohorts.changed";

    // Prefixes of addresses of one node.
    static final String EVALUATE_AT = "variate.evaluate.";
    static final String COHORT_HEADS = "variate.cohorts.heads.";
    static final String COHORT_MEMBERS = "variate.cohorts.members.";
    static final String LEDGER = "variate.ledger.";
    static final String REPORT = "variate.report.";

    private Addresses() {}

    /**
     * As {@link #EVALUATE}, but for one node.
     *
     * @param member the cluster's member id, which is never reused, unlike the configured node id
     */
    public static String evaluateAt(String member) {
        return EVALUATE_AT + member;
    }

    /**
     * Request and reply, clustered: a {@link LedgerRequest} to one node; the reply is a {@link LedgerResponse}.
     *
     * @param member as for {@link #evaluateAt}
     */
    public static String ledgerOf(String member) {
        return LEDGER + member;
    }

    /**
     * Request and reply, clustered: a {@link NodeReportRequest} to one node; the reply is a {@link NodeReport}.
     *
     * @param member as for {@link #evaluateAt}
     */
    public static String reportOf(String member) {
        return REPORT + member;
    }

    /**
     * Request and reply, clustered: a {@link CohortHeadsRequest} to one node; the reply is a {@link CohortHeadsResponse}.
     *
     * @param member as for {@link #evaluateAt}
     */
    public static String cohortHeadsOf(String member) {
        return COHORT_HEADS + member;
    }

    /**
     * Request and reply, clustered: a {@link CohortSliceRequest} to one node; the reply is a {@link CohortSlice}.
     *
     * @param member as for {@link #evaluateAt}
     */
    public static String cohortMembersOf(String member) {
        return COHORT_MEMBERS + member;
    }
}
