package io.variate.bus.codecs;

import io.variate.bus.CohortHeadsRequest;
import io.variate.bus.CohortHeadsResponse;
import io.variate.bus.CohortHeadsResponse.Head;
import io.variate.bus.MessageType;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;

/** The upload is the last field of each head. */
final class CohortHeadsResponseCodec extends ByReferenceCodec<CohortHeadsResponse> {
    private static final int REVISION = 1;
    private static final int ID = 2;
    private static final int GROUP_TYPE = 3;
    private static final int LAST_MODIFIED = 4;
    private static final int SIZE = 5;
    private static final int BYTES = 6;
    private static final int CHECKSUM = 7;
    private static final int UPLOAD = 8;
    private static final int FINGERPRINT = 9;
    private static final int CONFIRMED = 10;

    CohortHeadsResponseCodec() {
        super(MessageType.COHORT_HEADS_RESPONSE);
    }

    @Override
    public void encodeToWire(Buffer buffer, CohortHeadsResponse response) {
        FieldWriter out = new FieldWriter(buffer, CohortHeadsRequest.VERSION)
                .number(REVISION, response.revision())
                .number(FINGERPRINT, response.fingerprint())
                .number(CONFIRMED, response.confirmed() ? 1 : 0);
        response.heads().forEach(head -> out.text(ID, head.id())
                .text(GROUP_TYPE, head.groupType())
                .number(LAST_MODIFIED, head.lastModified())
                .number(SIZE, head.size())
                .number(BYTES, head.bytes())
                .number(CHECKSUM, head.checksum())
                .number(UPLOAD, head.upload()));
        out.end();
    }

    @Override
    public CohortHeadsResponse decodeFromWire(int position, Buffer buffer) {
        FieldReader in = new FieldReader(position, buffer, CohortHeadsRequest.VERSION);
        long revision = -1;
        long fingerprint = 0;
        boolean confirmed = false;
        List<Head> heads = new ArrayList<>();
        String id = "";
        String groupType = "";
        long[] numbers = new long[UPLOAD + 1];
        for (int tag = in.next(); tag >= 0; tag = in.next()) {
            switch (tag) {
                case REVISION -> revision = in.number();
                case FINGERPRINT -> fingerprint = in.number();
                case CONFIRMED -> confirmed = in.number() != 0;
                case ID -> id = in.text();
                case GROUP_TYPE -> groupType = in.text();
                case LAST_MODIFIED, SIZE, BYTES, CHECKSUM -> numbers[tag] = in.number();
                case UPLOAD ->
                    heads.add(new Head(
                            id,
                            groupType,
                            numbers[LAST_MODIFIED],
                            numbers[SIZE],
                            numbers[BYTES],
                            numbers[CHECKSUM],
                            in.number()));
                default -> {
                    // Skip fields of a newer release.
                }
            }
        }
        return new CohortHeadsResponse(revision, fingerprint, confirmed, heads);
    }
}
