package io.variate.bus;

import java.util.Set;

/**
 * The registry of bus messages: each with its codec's name and the addresses that accept it.
 *
 * <p>{@link MessageGuard} and {@code bus.codecs.MessageCodecs} read it; a new message belongs here first.
 */
public enum MessageType {
    EVALUATION_REQUEST(
            "evaluation-request.v1",
            EvaluationRequest.class,
            Addresses.EVALUATE,
            Addresses.EVALUATE_ON_THIS_NODE,
            Addresses.EVALUATE_AT),
    EVALUATION_RESPONSE("evaluation-response.v1", EvaluationResponse.class),
    EVALUATION_BATCH(
            "evaluation-batch.v1",
            EvaluationBatch.class,
            Addresses.EVALUATE,
            Addresses.EVALUATE_ON_THIS_NODE,
            Addresses.EVALUATE_AT),
    EVALUATION_BATCH_RESPONSE("evaluation-batch-response.v1", EvaluationBatchResponse.class),
    EVALUATOR_ANNOUNCEMENT("evaluator-announcement.v1", EvaluatorAnnouncement.class, Addresses.EVALUATORS),
    ASSIGNMENT_BATCH(
            "assignment-batch.v1",
            AssignmentBatch.class,
            Addresses.ASSIGNMENTS,
            Addresses.FORWARDED,
            Addresses.FORWARDED_ON_THIS_NODE),
    RECEIVED_EVENTS("received-events.v1", ReceivedEvents.class, Addresses.RECEIVED, Addresses.RECEIVED_ON_THIS_NODE),
    LEDGER_REQUEST("ledger-request.v1", LedgerRequest.class, Addresses.LEDGER),
    LEDGER_RESPONSE("ledger-response.v1", LedgerResponse.class),
    COHORT_HEADS_REQUEST(
            "cohort-heads-request.v1", CohortHeadsRequest.class, Addresses.COHORTS_CHANGED, Addresses.COHORT_HEADS),
    COHORT_HEADS_RESPONSE("cohort-heads-response.v1", CohortHeadsResponse.class),
    COHORT_SLICE_REQUEST("cohort-slice-request.v1", CohortSliceRequest.class, Addresses.COHORT_MEMBERS),
    COHORT_SLICE("cohort-slice.v1", CohortSlice.class),
    NODE_REPORT_REQUEST("node-report-request.v1", NodeReportRequest.class, Addresses.REPORT),
    NODE_REPORT("node-report.v1", NodeReport.class);

    private final String codecName;
    private final Class<?> messageClass;

    @SuppressWarnings("ImmutableEnumChecker") // A Set.of, which is immutable.
    private final Set<String> addresses;

    MessageType(String codecName, Class<?> messageClass, String... addresses) {
        this.codecName = codecName;
        this.messageClass = messageClass;
        this.addresses = Set.of(addresses);
    }

    /** Name of the codec on the wire; never changes. */
    public String codecName() {
        return codecName;
    }

    /** Class of the message. */
    public Class<?> messageClass() {
        return messageClass;
    }

    /** Addresses, or prefixes that end in a dot, that accept this message; none for a message that is only a reply. */
    Set<String> addresses() {
        return addresses;
    }
}
