package io.variate.http.events;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A server-sent event as all streams send it: its text, and the same once more in memory that sockets take from as it
 * is, framed as a chunk of HTTP/1.1.
 *
 * <p>Shared by streams. Several event loops may each make the chunk, and any of the chunks will do.
 */
public final class FlagEvent {
    private static final byte[] LINE_END = {'\r', '\n'};

    private final Buffer text;
    private volatile @Nullable ByteBuf chunk;

    /**
     * An event with this text.
     *
     * @param text of which nothing changes any more
     */
    public FlagEvent(Buffer text) {
        this.text = text;
    }

    public int textLength() {
        return text.length();
    }

    public Buffer text(int from, int to) {
        return text.slice(from, to);
    }

    public int chunkLength() {
        return chunk().readableBytes();
    }

    public ByteBuf chunk(int from, int to) {
        return chunk().slice(from, to - from);
    }

    /** Made for the first who wants it: streams of HTTP/2 never do. */
    private ByteBuf chunk() {
        ByteBuf made = chunk;
        if (made == null) {
            made = frame(text);
            chunk = made;
        }
        return made;
    }

    private static ByteBuf frame(Buffer text) {
        byte[] size = Integer.toHexString(text.length()).getBytes(StandardCharsets.US_ASCII);
        ByteBuffer chunk = ByteBuffer.allocateDirect(size.length + text.length() + 2 * LINE_END.length)
                .put(size)
                .put(LINE_END)
                .put(text.getBytes())
                .put(LINE_END)
                .flip();
        // The collector frees it, for there is nobody who knows when the last stream has sent it.
        return Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(chunk));
    }
}
