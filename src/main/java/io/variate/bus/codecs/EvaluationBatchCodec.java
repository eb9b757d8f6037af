package io.variate.bus.codecs;

import io.variate.bus.EvaluationBatch;
import io.variate.bus.EvaluationRequest;
import io.variate.bus.MessageType;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;

/** Encodes each request with {@link EvaluationRequestCodec}. */
final class EvaluationBatchCodec extends ByReferenceCodec<EvaluationBatch> {
    private static final int REQUEST = 1;

    private final EvaluationRequestCodec requests = new EvaluationRequestCodec();

    EvaluationBatchCodec() {
        super(MessageType.EVALUATION_BATCH);
    }

    @Override
    public void encodeToWire(Buffer buffer, EvaluationBatch batch) {
        FieldWriter out = new FieldWriter(buffer, EvaluationBatch.VERSION);
        batch.requests().forEach(request -> out.message(REQUEST, requests, request));
        out.end();
    }

    @Override
    public EvaluationBatch decodeFromWire(int position, Buffer buffer) {
        FieldReader in = new FieldReader(position, buffer, EvaluationBatch.VERSION);
        List<EvaluationRequest> read = new ArrayList<>();
        for (int tag = in.next(); tag >= 0; tag = in.next()) {
            switch (tag) {
                case REQUEST -> read.add(in.message(requests));
                default -> {
                    // Skip fields of a newer release.
                }
            }
        }
        return new EvaluationBatch(read);
    }
}
