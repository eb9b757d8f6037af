package io.variate.it.attack;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Writes HTTP/2 frames (RFC 9113) without checking any rule of the protocol. */
final class Frames {
    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int PRIORITY = 2;
    static final int RST_STREAM = 3;
    static final int SETTINGS = 4;
    static final int PING = 6;
    static final int GOAWAY = 7;
    static final int WINDOW_UPDATE = 8;
    static final int CONTINUATION = 9;

    static final int ACK = 1;
    static final int END_STREAM = 1;
    static final int END_HEADERS = 4;
    static final int PRIORITIZED = 32;

    static final int INITIAL_WINDOW_SIZE = 4;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** The connection preface of a client with prior knowledge, and its settings, which may be empty. */
    static Frames preface(int... settings) {
        Frames frames = new Frames();
        frames.bytes.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        return frames.settings(settings);
    }

    /** Adds settings: identifiers and values in turn. */
    Frames settings(int... settings) {
        ByteBuffer payload = ByteBuffer.allocate(settings.length * 3);
        for (int i = 0; i < settings.length; i += 2) {
            payload.putShort((short) settings[i]).putInt(settings[i + 1]);
        }
        return frame(SETTINGS, 0, 0, payload.array());
    }

    Frames frame(int type, int flags, int stream, byte[] payload) {
        ByteBuffer head = ByteBuffer.allocate(9)
                .putShort((short) (payload.length >> 8))
                .put((byte) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream);
        bytes.writeBytes(head.array());
        bytes.writeBytes(payload);
        return this;
    }

    /** Adds the headers of a request, in one frame. */
    Frames request(int stream, boolean ends, String method, String path, String... headers) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        field(block, ":method", method);
        field(block, ":scheme", "http");
        field(block, ":authority", "it");
        field(block, ":path", path);
        for (int i = 0; i < headers.length; i += 2) {
            field(block, headers[i], headers[i + 1]);
        }
        return frame(HEADERS, END_HEADERS | (ends ? END_STREAM : 0), stream, block.toByteArray());
    }

    /** Increases the flow-control window of a stream, or of the connection for 0. */
    Frames window(int stream, int increment) {
        return frame(
                WINDOW_UPDATE,
                0,
                stream,
                ByteBuffer.allocate(4).putInt(increment).array());
    }

    Frames reset(int stream) {
        return frame(RST_STREAM, 0, stream, ByteBuffer.allocate(4).putInt(8).array());
    }

    /** A literal without indexing (RFC 7541, section 6.2.2), without Huffman codes. */
    static void field(ByteArrayOutputStream block, String name, String value) {
        block.write(0);
        text(block, name);
        text(block, value);
    }

    static void text(ByteArrayOutputStream block, String text) {
        byte[] octets = text.getBytes(StandardCharsets.ISO_8859_1);
        int rest = octets.length - 127;
        if (rest < 0) {
            block.write(octets.length);
        } else {
            block.write(127);
            for (; rest >= 128; rest >>= 7) {
                block.write((rest & 127) | 128);
            }
            block.write(rest);
        }
        block.writeBytes(octets);
    }

    byte[] toByteArray() {
        return bytes.toByteArray();
    }

    int size() {
        return bytes.size();
    }

    ByteBuffer toBuffer() {
        byte[] all = bytes.toByteArray();
        return ByteBuffer.allocateDirect(all.length).put(all).flip();
    }
}
