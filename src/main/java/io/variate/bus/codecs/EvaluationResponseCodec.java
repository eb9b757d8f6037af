package io.variate.bus.codecs;

import io.variate.bus.EvaluationRequest;
import io.variate.bus.EvaluationResponse;
import io.variate.bus.MessageType;
import io.vertx.core.buffer.Buffer;

final class EvaluationResponseCodec extends ByReferenceCodec<EvaluationResponse> {
    private static final int REVISION = 1;
    private static final int ANSWER = 2;

    EvaluationResponseCodec() {
        super(MessageType.EVALUATION_RESPONSE);
    }

    @Override
    public void encodeToWire(Buffer buffer, EvaluationResponse response) {
        new FieldWriter(buffer, EvaluationRequest.VERSION)
                .number(REVISION, response.revision())
                .bytes(ANSWER, response.answer())
                .end();
    }

    @Override
    public EvaluationResponse decodeFromWire(int position, Buffer buffer) {
        FieldReader in = new FieldReader(position, buffer, EvaluationRequest.VERSION);
        long revision = 0;
        Buffer answer = Buffer.buffer("{}");
        for (int tag = in.next(); tag >= 0; tag = in.next()) {
            switch (tag) {
                case REVISION -> revision = in.number();
                case ANSWER -> answer = in.bytes();
                default -> {
                    // Skip fields of a newer release.
                }
            }
        }
        return new EvaluationResponse(revision, answer);
    }
}
