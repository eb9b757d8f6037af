package io.variate.bus.codecs;

import io.variate.bus.EvaluationBatch;
import io.variate.bus.EvaluationBatchResponse;
import io.variate.bus.EvaluationOutcome;
import io.variate.bus.EvaluationOutcome.Answered;
import io.variate.bus.EvaluationOutcome.Failed;
import io.variate.bus.FailureCode;
import io.variate.bus.MessageType;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;

/** Encodes each answer with {@link EvaluationResponseCodec}; the message is the last field of each failure. */
final class EvaluationBatchResponseCodec extends ByReferenceCodec<EvaluationBatchResponse> {
    private static final int ANSWER = 1;
    private static final int CODE = 2;
    private static final int MESSAGE = 3;

    private final EvaluationResponseCodec answers = new EvaluationResponseCodec();

    EvaluationBatchResponseCodec() {
        super(MessageType.EVALUATION_BATCH_RESPONSE);
    }

    @Override
    public void encodeToWire(Buffer buffer, EvaluationBatchResponse response) {
        FieldWriter out = new FieldWriter(buffer, EvaluationBatch.VERSION);
        for (EvaluationOutcome outcome : response.outcomes()) {
            if (outcome instanceof Answered answered) {
                out.message(ANSWER, answers, answered.response());
            } else if (outcome instanceof Failed failed) {
                out.number(CODE, failed.code().number()).text(MESSAGE, failed.message());
            }
        }
        out.end();
    }

    @Override
    public EvaluationBatchResponse decodeFromWire(int position, Buffer buffer) {
        FieldReader in = new FieldReader(position, buffer, EvaluationBatch.VERSION);
        List<EvaluationOutcome> outcomes = new ArrayList<>();
        FailureCode code = FailureCode.INTERNAL;
        for (int tag = in.next(); tag >= 0; tag = in.next()) {
            switch (tag) {
                case ANSWER -> outcomes.add(new Answered(in.message(answers)));
                case CODE -> {
                    FailureCode known = FailureCode.of((int) in.number());
                    code = known == null ? FailureCode.INTERNAL : known;
                }
                case MESSAGE -> outcomes.add(new Failed(code, in.text()));
                default -> {
                    // Skip fields of a newer release.
                }
            }
        }
        return new EvaluationBatchResponse(outcomes);
    }
}
