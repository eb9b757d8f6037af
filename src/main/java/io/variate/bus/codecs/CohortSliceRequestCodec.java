package io.variate.bus.codecs;

import io.variate.bus.CohortSliceRequest;
import io.variate.bus.MessageType;
import io.vertx.core.buffer.Buffer;

final class CohortSliceRequestCodec extends ByReferenceCodec<CohortSliceRequest> {
    private static final int ID = 1;
    private static final int LAST_MODIFIED = 2;
    private static final int OFFSET = 3;
    private static final int LENGTH = 4;

    CohortSliceRequestCodec() {
        super(MessageType.COHORT_SLICE_REQUEST);
    }

    @Override
    public void encodeToWire(Buffer buffer, CohortSliceRequest request) {
        new FieldWriter(buffer, CohortSliceRequest.VERSION)
                .text(ID, request.id())
                .number(LAST_MODIFIED, request.lastModified())
                .number(OFFSET, request.offset())
                .number(LENGTH, request.length())
                .end();
    }

    @Override
    public CohortSliceRequest decodeFromWire(int position, Buffer buffer) {
        FieldReader in = new FieldReader(position, buffer, CohortSliceRequest.VERSION);
        String id = "";
        long[] numbers = new long[LENGTH + 1];
        for (int tag = in.next(); tag >= 0; tag = in.next()) {
            switch (tag) {
                case ID -> id = in.text();
                case LAST_MODIFIED, OFFSET, LENGTH -> numbers[tag] = in.number();
                default -> {
                    // Skip fields of a newer release.
                }
            }
        }
        return new CohortSliceRequest(id, numbers[LAST_MODIFIED], numbers[OFFSET], Math.toIntExact(numbers[LENGTH]));
    }
}
