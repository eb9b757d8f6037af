package io.variate.bus;

import io.vertx.core.buffer.Buffer;

final class CohortHeadsRequestCodec extends ByReferenceCodec<CohortHeadsRequest> {
    private static final int KNOWN = 1;

    CohortHeadsRequestCodec() {
        super("cohort-heads-request.v1");
    }

    @Override
    public void encodeToWire(Buffer buffer, CohortHeadsRequest request) {
        new FieldWriter(buffer, CohortHeadsRequest.VERSION)
                .number(KNOWN, request.known())
                .end();
    }

    @Override
    public CohortHeadsRequest decodeFromWire(int position, Buffer buffer) {
        FieldReader in = new FieldReader(position, buffer, CohortHeadsRequest.VERSION);
        long known = -1;
        for (int tag = in.next(); tag >= 0; tag = in.next()) {
            switch (tag) {
                case KNOWN -> known = in.number();
                default -> {
                    // A field of a newer node.
                }
            }
        }
        return new CohortHeadsRequest(known);
    }
}
