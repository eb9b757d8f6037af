package io.variate.bus.codecs;

import io.variate.bus.LedgerRequest;
import io.variate.bus.MessageType;
import io.vertx.core.buffer.Buffer;

final class LedgerRequestCodec extends ByReferenceCodec<LedgerRequest> {
    LedgerRequestCodec() {
        super(MessageType.LEDGER_REQUEST);
    }

    @Override
    public void encodeToWire(Buffer buffer, LedgerRequest request) {
        new FieldWriter(buffer, LedgerRequest.VERSION).end();
    }

    @Override
    public LedgerRequest decodeFromWire(int position, Buffer buffer) {
        FieldReader in = new FieldReader(position, buffer, LedgerRequest.VERSION);
        while (in.next() >= 0) {
            // Skip fields of a newer release.
        }
        return new LedgerRequest();
    }
}
