package io.variate.bus;

import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;

/** Each request is in the form of its own codec. */
final class EvaluationBatchCodec extends ByReferenceCodec<EvaluationBatch> {
    private static final int REQUEST = 1;

    private final EvaluationRequestCodec requests = new EvaluationRequestCodec();

    EvaluationBatchCodec() {
        super("evaluation-batch.v1");
    }

    @Override
    public void encodeToWire(Buffer buffer, EvaluationBatch batch) {
        FieldWriter out = new FieldWriter(buffer, EvaluationBatch.VERSION);
        for (EvaluationRequest request : batch.requests()) {
            Buffer bytes = Buffer.buffer();
            requests.encodeToWire(bytes, request);
            out.bytes(REQUEST, bytes);
        }
        out.end();
    }

    @Override
    public EvaluationBatch decodeFromWire(int position, Buffer buffer) {
        FieldReader in = new FieldReader(position, buffer, EvaluationBatch.VERSION);
        List<EvaluationRequest> read = new ArrayList<>();
        for (int tag = in.next(); tag >= 0; tag = in.next()) {
            switch (tag) {
                case REQUEST -> read.add(requests.decodeFromWire(0, in.bytes()));
                default -> {
                    // A field of a newer node.
                }
            }
        }
        return new EvaluationBatch(read);
    }
}
