package io.variate.bus;

/** Every event-bus address of Variate. */
public final class Addresses {
    /**
     * Request and reply, clustered: the body is an {@link EvaluationRequest}, an {@link EvaluationBatch} or, from any
     * Vert.x language, the {@link io.vertx.core.json.JsonObject} described at {@link EvaluationRequest#fromJson} and
     * {@link EvaluationBatch#isBatch}; the reply is of the same kind.
     */
    public static final String EVALUATE = "variate.evaluate";

    /** As {@link #EVALUATE}, but answered on the sending node only, where messages pass by reference. */
    public static final String EVALUATE_ON_THIS_NODE = "variate.evaluate.local";

    /** Published, clustered: an {@link EvaluatorAnnouncement} of each node that evaluates. */
    public static final String EVALUATORS = "variate.evaluators";

    /**
     * Request and reply, clustered: an {@link AssignmentBatch} from a node without the analytics role; the reply says
     * that Kafka has acknowledged all of it.
     */
    public static final String ASSIGNMENTS = "variate.assignments";

    /**
     * Request and reply, clustered: {@link ReceivedEvents} to a node that evaluates, and so has a log of events; the reply
     * says that all of them are in it, or counted.
     */
    public static final String RECEIVED = "variate.received";

    /** As {@link #RECEIVED}, but answered on the sending node only. */
    public static final String RECEIVED_ON_THIS_NODE = "variate.received.local";

    /**
     * Request and reply, clustered: an {@link AssignmentBatch} of events that are neither assignments nor exposures, for a
     * topic of their own; the reply tells how many of them Kafka will never take, and that it has acknowledged the others.
     */
    public static final String FORWARDED = "variate.forwarded";

    /** As {@link #FORWARDED}, but answered on the sending node only. */
    public static final String FORWARDED_ON_THIS_NODE = "variate.forwarded.local";

    /** Published, clustered: uploaded cohorts have changed; the body is of no meaning, and nobody replies. */
    public static final String COHORTS_CHANGED = "variate.cohorts.changed";

    static final String EVALUATE_AT = "variate.evaluate.";
    static final String COHORT_HEADS = "variate.cohorts.heads.";
    static final String COHORT_MEMBERS = "variate.cohorts.members.";
    static final String LEDGER = "variate.ledger.";

    private Addresses() {}

    /**
     * As {@link #EVALUATE}, but answered by one node.
     *
     * @param member what the cluster calls the node; never used twice, unlike the id that people give it
     */
    public static String evaluateAt(String member) {
        return EVALUATE_AT + member;
    }

    /**
     * Request and reply, clustered: a {@link LedgerRequest} to one node, answered by its {@link LedgerResponse}.
     *
     * @param member as above
     */
    public static String ledgerOf(String member) {
        return LEDGER + member;
    }

    /**
     * Request and reply, clustered: a {@link CohortHeadsRequest} to one node, answered by a {@link CohortHeadsResponse}.
     *
     * @param member as above
     */
    public static String cohortHeadsOf(String member) {
        return COHORT_HEADS + member;
    }

    /**
     * Request and reply, clustered: a {@link CohortSliceRequest} to one node, answered by a {@link CohortSlice}.
     *
     * @param member as above
     */
    public static String cohortMembersOf(String member) {
        return COHORT_MEMBERS + member;
    }
}
