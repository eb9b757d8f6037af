package io.variate.bus.codecs;

import io.variate.bus.EvaluatorAnnouncement;
import io.variate.bus.MessageType;
import io.vertx.core.buffer.Buffer;

final class EvaluatorAnnouncementCodec extends ByReferenceCodec<EvaluatorAnnouncement> {
    private static final int MEMBER = 1;
    private static final int CLOCK = 2;
    private static final int LEAVING = 3;

    EvaluatorAnnouncementCodec() {
        super(MessageType.EVALUATOR_ANNOUNCEMENT);
    }

    @Override
    public void encodeToWire(Buffer buffer, EvaluatorAnnouncement announcement) {
        new FieldWriter(buffer, EvaluatorAnnouncement.VERSION)
                .text(MEMBER, announcement.member())
                .number(CLOCK, announcement.clock())
                .number(LEAVING, announcement.leaving() ? 1 : 0)
                .end();
    }

    @Override
    public EvaluatorAnnouncement decodeFromWire(int position, Buffer buffer) {
        FieldReader in = new FieldReader(position, buffer, EvaluatorAnnouncement.VERSION);
        String member = "";
        long clock = 0;
        boolean leaving = false;
        for (int tag = in.next(); tag >= 0; tag = in.next()) {
            switch (tag) {
                case MEMBER -> member = in.text();
                case CLOCK -> clock = in.number();
                case LEAVING -> leaving = in.number() != 0;
                default -> {
                    // Skip fields of a newer release.
                }
            }
        }
        return new EvaluatorAnnouncement(member, clock, leaving);
    }
}
