package io.variate.bus.codecs;

import io.variate.bus.MessageType;
import io.variate.bus.NodeReport;
import io.variate.bus.NodeReportRequest;
import io.vertx.core.buffer.Buffer;

final class NodeReportCodec extends ByReferenceCodec<NodeReport> {
    private static final int JSON = 1;

    NodeReportCodec() {
        super(MessageType.NODE_REPORT);
    }

    @Override
    public void encodeToWire(Buffer buffer, NodeReport report) {
        new FieldWriter(buffer, NodeReportRequest.VERSION)
                .text(JSON, report.json())
                .end();
    }

    @Override
    public NodeReport decodeFromWire(int position, Buffer buffer) {
        FieldReader in = new FieldReader(position, buffer, NodeReportRequest.VERSION);
        String json = "{}";
        for (int tag = in.next(); tag >= 0; tag = in.next()) {
            if (tag == JSON) {
                json = in.text();
            }
        }
        return new NodeReport(json);
    }
}
