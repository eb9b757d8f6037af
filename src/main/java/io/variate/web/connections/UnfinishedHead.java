package io.variate.web.connections;

import io.netty.buffer.ByteBuf;
import io.variate.web.decoding.HeaderFields;
import io.vertx.core.http.HttpServerOptions;

/**
 * The undecoded bytes of a request head, kept until the head is complete. Counts its lines, each of which the decoder
 * would turn into a header field. Used on one event loop.
 */
final class UnfinishedHead {
    /** HTTP/2 starts with these bytes, no HTTP/1.1 request does. Source: RFC 9113, section 3.4. */
    private static final byte[] HTTP2_START = {'P', 'R', 'I'};

    private final ByteBuf bytes;
    private int scanned;
    private int lines;
    private int lineStart;

    /** @param bytes the first bytes; owned by this object until {@link #bytes} hands them over */
    UnfinishedHead(ByteBuf bytes) {
        this.bytes = bytes;
    }

    /** Appends and releases bytes. */
    void append(ByteBuf more) {
        try {
            bytes.writeBytes(more);
        } finally {
            more.release();
        }
    }

    /** Whether an empty line has arrived. Reads each byte once over all calls. */
    boolean isComplete() {
        int size = size();
        int start = bytes.readerIndex();
        for (int at = lineFeed(start); at >= 0; at = lineFeed(start)) {
            scanned = at + 1 - start;
            lines++;
            int length = scanned - lineStart;
            lineStart = scanned;
            if (lines > 1 && length <= 2) {
                return true;
            }
        }
        scanned = size;
        return false;
    }

    private int lineFeed(int start) {
        return bytes.indexOf(start + scanned, bytes.writerIndex(), (byte) '\n');
    }

    /** Whether the head is too long or has too many lines, so that the decoder rejects it. As of {@link #isComplete}. */
    boolean exceeds(HttpServerOptions options) {
        int maxLine = options.getMaxInitialLineLength();
        return size() > maxLine + options.getMaxHeaderSize()
                || (lines == 0 && size() > maxLine)
                || lines > HeaderFields.MAX + 1;
    }

    int size() {
        return bytes.readableBytes();
    }

    /** Lines up to the last call of {@link #isComplete}. */
    int lines() {
        return lines;
    }

    /** Whether this cannot become HTTP/2, so that the client understands an HTTP/1.1 response. */
    boolean isHttp1() {
        for (int i = 0; i < HTTP2_START.length && i < size(); i++) {
            if (bytes.getByte(bytes.readerIndex() + i) != HTTP2_START[i]) {
                return true;
            }
        }
        return false;
    }

    /** Hands over the bytes. */
    ByteBuf bytes() {
        return bytes;
    }

    void release() {
        bytes.release();
    }
}
