package io.variate.bus.codecs;

import io.variate.bus.MessageType;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.MessageCodec;

/** The codecs of all {@link MessageType}s. */
public final class MessageCodecs {
    private MessageCodecs() {}

    /** Registers every codec on a bus. Further calls for the same bus have no effect. */
    public static void register(EventBus bus) {
        try {
            for (MessageType type : MessageType.values()) {
                register(bus, type.messageClass(), of(type));
            }
        } catch (IllegalStateException alreadyRegistered) {
            // The bus has no query for this. All codecs are registered together, so nothing is missing.
        }
    }

    @SuppressWarnings("unchecked") // WireFormTest checks that each codec encodes the class of its type.
    private static <T> void register(EventBus bus, Class<T> messageClass, MessageCodec<?, ?> codec) {
        bus.registerDefaultCodec(messageClass, (MessageCodec<T, ?>) codec);
    }

    /** A codec of a message type. */
    static ByReferenceCodec<?> of(MessageType type) {
        return switch (type) {
            case EVALUATION_REQUEST -> new EvaluationRequestCodec();
            case EVALUATION_RESPONSE -> new EvaluationResponseCodec();
            case EVALUATION_BATCH -> new EvaluationBatchCodec();
            case EVALUATION_BATCH_RESPONSE -> new EvaluationBatchResponseCodec();
            case EVALUATOR_ANNOUNCEMENT -> new EvaluatorAnnouncementCodec();
            case ASSIGNMENT_BATCH -> new AssignmentBatchCodec();
            case RECEIVED_EVENTS -> new ReceivedEventsCodec();
            case LEDGER_REQUEST -> new LedgerRequestCodec();
            case LEDGER_RESPONSE -> new LedgerResponseCodec();
            case COHORT_HEADS_REQUEST -> new CohortHeadsRequestCodec();
            case COHORT_HEADS_RESPONSE -> new CohortHeadsResponseCodec();
            case COHORT_SLICE_REQUEST -> new CohortSliceRequestCodec();
            case COHORT_SLICE -> new CohortSliceCodec();
            case NODE_REPORT_REQUEST -> new NodeReportRequestCodec();
            case NODE_REPORT -> new NodeReportCodec();
        };
    }
}
