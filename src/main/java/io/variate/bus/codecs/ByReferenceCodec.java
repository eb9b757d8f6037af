package io.variate.bus.codecs;

import io.vertx.core.eventbus.MessageCodec;

/** A codec of immutable messages: the same instance on one node, bytes between nodes. */
abstract sealed class ByReferenceCodec<T> implements MessageCodec<T, T>
        permits EvaluationRequestCodec,
                EvaluationResponseCodec,
                EvaluationBatchCodec,
                EvaluationBatchResponseCodec,
                EvaluatorAnnouncementCodec,
                AssignmentBatchCodec,
                ReceivedEventsCodec,
                LedgerRequestCodec,
                LedgerResponseCodec,
                CohortHeadsRequestCodec,
                CohortHeadsResponseCodec,
                CohortSliceRequestCodec,
                CohortSliceCodec {
    private final String name;

    ByReferenceCodec(String name) {
        this.name = name;
    }

    @Override
    public final T transform(T message) {
        return message;
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final byte systemCodecID() {
        return -1;
    }
}
