package io.variate.bus.codecs;

import io.variate.bus.AssignmentBatch;
import io.variate.bus.MessageType;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;

final class AssignmentBatchCodec extends ByReferenceCodec<AssignmentBatch> {
    private static final int VERSION = 1;
    private static final int KEY = 1;
    private static final int VALUE = 2;

    AssignmentBatchCodec() {
        super(MessageType.ASSIGNMENT_BATCH);
    }

    @Override
    public void encodeToWire(Buffer buffer, AssignmentBatch batch) {
        FieldWriter out = new FieldWriter(buffer, VERSION);
        batch.events().forEach(event -> out.bytes(KEY, event.key()).bytes(VALUE, event.value()));
        out.end();
    }

    @Override
    public AssignmentBatch decodeFromWire(int position, Buffer buffer) {
        FieldReader in = new FieldReader(position, buffer, VERSION);
        List<AssignmentBatch.Event> events = new ArrayList<>();
        Buffer key = Buffer.buffer();
        for (int tag = in.next(); tag >= 0; tag = in.next()) {
            switch (tag) {
                case KEY -> key = in.bytes();
                case VALUE -> events.add(new AssignmentBatch.Event(key, in.bytes()));
                default -> {
                    // Skip fields of a newer release.
                }
            }
        }
        return new AssignmentBatch(events);
    }
}
