package io.variate.bus.codecs;

import io.variate.bus.AnswerFormat;
import io.variate.bus.EvaluationRequest;
import io.variate.bus.MessageType;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;

final class EvaluationRequestCodec extends ByReferenceCodec<EvaluationRequest> {
    private static final int DEPLOYMENT = 1;
    private static final int USER_ID = 2;
    private static final int DEVICE_ID = 3;
    private static final int FLAG_KEY = 4;
    private static final int CONTEXT = 5;
    private static final int TRACK = 6;
    private static final int FORMAT = 7;
    private static final int TRACK_EXPOSURE = 8;
    private static final int DEADLINE = 9;
    private static final int MIN_REVISION = 10;

    EvaluationRequestCodec() {
        super(MessageType.EVALUATION_REQUEST);
    }

    @Override
    public void encodeToWire(Buffer buffer, EvaluationRequest request) {
        FieldWriter out = new FieldWriter(buffer, EvaluationRequest.VERSION)
                .text(DEPLOYMENT, request.deploymentKey())
                .text(USER_ID, request.userId())
                .text(DEVICE_ID, request.deviceId())
                .text(CONTEXT, request.context())
                .number(TRACK, request.trackAssignment() ? 1 : 0)
                .text(FORMAT, request.format().text());
        if (request.trackExposure()) {
            out.number(TRACK_EXPOSURE, 1);
        }
        if (request.minRevision() > 0) {
            out.number(MIN_REVISION, request.minRevision());
        }
        if (request.deadline() != EvaluationRequest.NO_DEADLINE) {
            out.number(DEADLINE, request.deadline());
        }
        request.flagKeys().forEach(key -> out.text(FLAG_KEY, key));
        out.end();
    }

    @Override
    public EvaluationRequest decodeFromWire(int position, Buffer buffer) {
        FieldReader in = new FieldReader(position, buffer, EvaluationRequest.VERSION);
        EvaluationRequest.Builder request = EvaluationRequest.builder("");
        List<String> flagKeys = new ArrayList<>();
        for (int tag = in.next(); tag >= 0; tag = in.next()) {
            switch (tag) {
                case DEPLOYMENT -> request.deploymentKey(in.text());
                case USER_ID -> request.userId(in.text());
                case DEVICE_ID -> request.deviceId(in.text());
                case FLAG_KEY -> flagKeys.add(in.text());
                case CONTEXT -> request.context(in.text());
                case TRACK -> request.trackAssignment(in.number() != 0);
                case TRACK_EXPOSURE -> request.trackExposure(in.number() != 0);
                case MIN_REVISION -> request.minRevision(in.number());
                case DEADLINE -> request.deadline(in.number());
                case FORMAT -> request.format(AnswerFormat.of(in.text()));
                default -> {
                    // Skip fields of a newer release.
                }
            }
        }
        return request.flagKeys(flagKeys).build();
    }
}
