package io.variate.bus.codecs;

import io.variate.bus.MessageType;
import io.variate.bus.ReceivedEvents;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;

final class ReceivedEventsCodec extends ByReferenceCodec<ReceivedEvents> {
    private static final int VERSION = 1;
    private static final int KEY = 1;
    private static final int IDENTITY = 2;
    private static final int VALUE = 3;

    ReceivedEventsCodec() {
        super(MessageType.RECEIVED_EVENTS);
    }

    @Override
    public void encodeToWire(Buffer buffer, ReceivedEvents received) {
        FieldWriter out = new FieldWriter(buffer, VERSION);
        received.events().forEach(event -> out.bytes(KEY, event.key())
                .bytes(IDENTITY, event.identity())
                .bytes(VALUE, event.value()));
        out.end();
    }

    @Override
    public ReceivedEvents decodeFromWire(int position, Buffer buffer) {
        FieldReader in = new FieldReader(position, buffer, VERSION);
        List<ReceivedEvents.Event> events = new ArrayList<>();
        Buffer key = Buffer.buffer();
        Buffer identity = Buffer.buffer();
        for (int tag = in.next(); tag >= 0; tag = in.next()) {
            switch (tag) {
                case KEY -> key = in.bytes();
                case IDENTITY -> identity = in.bytes();
                case VALUE -> events.add(new ReceivedEvents.Event(key, identity, in.bytes()));
                default -> {
                    // Skip fields of a newer release.
                }
            }
        }
        return new ReceivedEvents(events);
    }
}
