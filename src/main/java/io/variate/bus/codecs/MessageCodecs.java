package io.variate.bus.codecs;

import io.variate.bus.AssignmentBatch;
import io.variate.bus.CohortHeadsRequest;
import io.variate.bus.CohortHeadsResponse;
import io.variate.bus.CohortSlice;
import io.variate.bus.CohortSliceRequest;
import io.variate.bus.EvaluationBatch;
import io.variate.bus.EvaluationBatchResponse;
import io.variate.bus.EvaluationRequest;
import io.variate.bus.EvaluationResponse;
import io.variate.bus.EvaluatorAnnouncement;
import io.variate.bus.LedgerRequest;
import io.variate.bus.LedgerResponse;
import io.variate.bus.ReceivedEvents;
import io.vertx.core.eventbus.EventBus;

/** Every codec of Variate's messages. */
public final class MessageCodecs {
    private MessageCodecs() {}

    /** Makes the messages of this package known to the bus; a second time changes nothing. */
    public static void register(EventBus bus) {
        try {
            bus.registerDefaultCodec(EvaluationRequest.class, new EvaluationRequestCodec());
            bus.registerDefaultCodec(EvaluationResponse.class, new EvaluationResponseCodec());
            bus.registerDefaultCodec(EvaluationBatch.class, new EvaluationBatchCodec());
            bus.registerDefaultCodec(EvaluationBatchResponse.class, new EvaluationBatchResponseCodec());
            bus.registerDefaultCodec(EvaluatorAnnouncement.class, new EvaluatorAnnouncementCodec());
            bus.registerDefaultCodec(AssignmentBatch.class, new AssignmentBatchCodec());
            bus.registerDefaultCodec(ReceivedEvents.class, new ReceivedEventsCodec());
            bus.registerDefaultCodec(LedgerRequest.class, new LedgerRequestCodec());
            bus.registerDefaultCodec(LedgerResponse.class, new LedgerResponseCodec());
            bus.registerDefaultCodec(CohortHeadsRequest.class, new CohortHeadsRequestCodec());
            bus.registerDefaultCodec(CohortHeadsResponse.class, new CohortHeadsResponseCodec());
            bus.registerDefaultCodec(CohortSliceRequest.class, new CohortSliceRequestCodec());
            bus.registerDefaultCodec(CohortSlice.class, new CohortSliceCodec());
        } catch (IllegalStateException alreadyRegistered) {
            // The bus offers no way to ask; all are registered together, so there is nothing left to do.
        }
    }
}
