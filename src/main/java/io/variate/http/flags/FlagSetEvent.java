package io.variate.http.flags;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.variate.web.connections.Wire;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A server-sent event that all streams of a set share: its text for HTTP/2, and for HTTP/1.1 a chunk around the
 * same memory, which sockets write without copying.
 *
 * <p>Thread-safe. Several event loops may each create the chunk; they are equal, and the last one is kept.
 */
final class FlagSetEvent {
    private static final byte[] LINE_END = {'\r', '\n'};

    private final Buffer text;
    private volatile @Nullable ByteBuf chunk;

    /**
     * An event with this text.
     *
     * @param text must not change any more; in direct memory, unless it is sent through Vert.x only
     */
    FlagSetEvent(Buffer text) {
        this.text = text;
    }

    int textLength() {
        return text.length();
    }

    Buffer text(int from, int to) {
        return text.slice(from, to);
    }

    int chunkLength() {
        return chunk().readableBytes();
    }

    ByteBuf chunk(int from, int to) {
        return chunk().slice(from, to - from);
    }

    /** Created on first use; HTTP/2 streams do not use it. */
    private ByteBuf chunk() {
        ByteBuf present = chunk;
        if (present == null) {
            present = frame(text);
            chunk = present;
        }
        return present;
    }

    private static ByteBuf frame(Buffer text) {
        byte[] size = Integer.toHexString(text.length()).getBytes(StandardCharsets.US_ASCII);
        ByteBuffer start = ByteBuffer.allocateDirect(size.length + LINE_END.length)
                .put(size)
                .put(LINE_END)
                .flip();
        ByteBuffer end =
                ByteBuffer.allocateDirect(LINE_END.length).put(LINE_END).flip();
        // Freed by the garbage collector: nothing tracks when the last stream has sent it.
        return Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(
                Unpooled.wrappedBuffer(start), Wire.memoryOf(text), Unpooled.wrappedBuffer(end)));
    }
}
