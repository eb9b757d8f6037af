package io.variate.web.connections;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.VoidChannelPromise;
import io.netty.handler.timeout.IdleStateHandler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.net.impl.ConnectionBase;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The connection below an answer, for what Vert.x has no way to do: to hand one piece of memory to thousands of sockets
 * at little more than the cost of the system calls, and to cut an answer short with bytes unsent.
 *
 * <p>The one class that knows the insides of Vert.x. Used on the event loop of the connection.
 */
public final class Wire {
    /** Of RFC 9113. */
    private static final long CANCEL = 0x8;

    private final ChannelHandlerContext encoder;
    private final ChannelPromise ignored;

    private Wire(ChannelHandlerContext encoder) {
        this.encoder = encoder;
        this.ignored = new VoidChannelPromise(encoder.channel(), false);
    }

    /** Below a chunked answer of which all is sent that was written; null below answers of other versions of HTTP. */
    public static @Nullable Wire below(HttpServerRequest request) {
        if (request.version() != HttpVersion.HTTP_1_1) {
            return null;
        }
        ChannelHandlerContext encoder =
                connection(request).channelHandlerContext().pipeline().context("httpEncoder");
        return encoder == null ? null : new Wire(encoder);
    }

    /**
     * Sends bytes as they are: chunks, or a part of one that the next call goes on with.
     *
     * @param bytes direct memory that nobody releases or changes
     * @param whenTaken called once the system has taken all bytes, if it has not when this returns
     * @return whether the system has taken all bytes
     */
    @SuppressWarnings("FutureReturnValueIgnored")
    public boolean write(ByteBuf bytes, Runnable whenTaken) {
        encoder.write(bytes, ignored);
        encoder.flush();
        ChannelOutboundBuffer waiting = encoder.channel().unsafe().outboundBuffer();
        if (waiting == null || waiting.isEmpty()) {
            return true;
        }
        encoder.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(taken -> {
            if (taken.isSuccess()) {
                noteActivity();
                whenTaken.run();
            }
        });
        return false;
    }

    /** A connection that works on a large event for long is not idle, which its handler for that cannot see. */
    private void noteActivity() {
        if (encoder.pipeline().get("idle") instanceof IdleStateHandler idle) {
            idle.resetWriteTimeout();
        }
    }

    /**
     * Ends an answer with whatever is still to be sent: resets the stream of HTTP/2, or cuts the connection, where Vert.x'
     * own close would wait for a reader that takes nothing.
     */
    @SuppressWarnings("FutureReturnValueIgnored")
    public static void cut(HttpServerRequest request) {
        if (request.version() == HttpVersion.HTTP_2) {
            request.response().reset(CANCEL);
        } else {
            connection(request).channelHandlerContext().close();
        }
    }

    /**
     * A copy that sockets send by reference, so that many answers under way share its memory. The collector frees it.
     *
     * @param bytes of which nothing changes any more
     */
    public static Buffer shared(Buffer bytes) {
        ByteBuffer memory =
                ByteBuffer.allocateDirect(bytes.length()).put(bytes.getBytes()).flip();
        return BufferInternal.buffer(Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(memory)));
    }

    /**
     * Reads nothing more from the connection of a request that is to wait, where pausing the request would read and keep
     * some of its body; HTTP/2 has its own bounds for that.
     *
     * @return false if there is no memory for what has been read already
     */
    public static boolean suspendReads(HttpServerRequest request) {
        ConnectionGuard guard = channel(request).attr(ConnectionGuard.KEY).get();
        return guard == null || request.version() == HttpVersion.HTTP_2 || guard.suspendReads();
    }

    /** Ends what {@link #suspendReads} has begun. */
    public static void resumeReads(HttpServerRequest request) {
        ConnectionGuard guard = channel(request).attr(ConnectionGuard.KEY).get();
        if (guard != null) {
            guard.resumeReads();
        }
    }

    static Channel channel(HttpServerRequest request) {
        return connection(request).channel();
    }

    private static ConnectionBase connection(HttpServerRequest request) {
        return (ConnectionBase) request.connection();
    }
}
