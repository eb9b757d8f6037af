package io.variate.bus.codecs;

import io.variate.bus.CohortHeadsRequest;
import io.variate.bus.MessageType;
import io.vertx.core.buffer.Buffer;

final class CohortHeadsRequestCodec extends ByReferenceCodec<CohortHeadsRequest> {
    private static final int KNOWN = 1;
    private static final int LATEST = 2;
    private static final int FINGERPRINT = 3;

    CohortHeadsRequestCodec() {
        super(MessageType.COHORT_HEADS_REQUEST);
    }

    @Override
    public void encodeToWire(Buffer buffer, CohortHeadsRequest request) {
        new FieldWriter(buffer, CohortHeadsRequest.VERSION)
                .number(KNOWN, request.known())
                .number(LATEST, request.latest())
                .number(FINGERPRINT, request.fingerprint())
                .end();
    }

    @Override
    public CohortHeadsRequest decodeFromWire(int position, Buffer buffer) {
        FieldReader in = new FieldReader(position, buffer, CohortHeadsRequest.VERSION);
        long known = -1;
        long latest = -1;
        long fingerprint = 0;
        for (int tag = in.next(); tag >= 0; tag = in.next()) {
            switch (tag) {
                case KNOWN -> known = in.number();
                case LATEST -> latest = in.number();
                case FINGERPRINT -> fingerprint = in.number();
                default -> {
                    // Skip fields of a newer release.
                }
            }
        }
        return new CohortHeadsRequest(known, latest, fingerprint);
    }
}
