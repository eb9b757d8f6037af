package io.variate.bus.codecs;

import io.variate.bus.CohortSlice;
import io.variate.bus.CohortSliceRequest;
import io.variate.bus.MessageType;
import io.vertx.core.buffer.Buffer;

final class CohortSliceCodec extends ByReferenceCodec<CohortSlice> {
    private static final int BYTES = 1;

    CohortSliceCodec() {
        super(MessageType.COHORT_SLICE);
    }

    @Override
    public void encodeToWire(Buffer buffer, CohortSlice slice) {
        new FieldWriter(buffer, CohortSliceRequest.VERSION)
                .bytes(BYTES, slice.bytes())
                .end();
    }

    @Override
    public CohortSlice decodeFromWire(int position, Buffer buffer) {
        FieldReader in = new FieldReader(position, buffer, CohortSliceRequest.VERSION);
        Buffer bytes = Buffer.buffer();
        for (int tag = in.next(); tag >= 0; tag = in.next()) {
            switch (tag) {
                case BYTES -> bytes = in.bytes();
                default -> {
                    // Skip fields of a newer release.
                }
            }
        }
        return new CohortSlice(bytes);
    }
}
