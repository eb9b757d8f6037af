package io.variate.bus.codecs;

import io.variate.bus.MessageType;
import io.variate.bus.NodeReportRequest;
import io.vertx.core.buffer.Buffer;

final class NodeReportRequestCodec extends ByReferenceCodec<NodeReportRequest> {
    NodeReportRequestCodec() {
        super(MessageType.NODE_REPORT_REQUEST);
    }

    @Override
    public void encodeToWire(Buffer buffer, NodeReportRequest request) {
        new FieldWriter(buffer, NodeReportRequest.VERSION).end();
    }

    @Override
    public NodeReportRequest decodeFromWire(int position, Buffer buffer) {
        FieldReader in = new FieldReader(position, buffer, NodeReportRequest.VERSION);
        while (in.next() >= 0) {
            // Skip fields of a newer release.
        }
        return new NodeReportRequest();
    }
}
