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
 * Access to the connection below a response, for operations that Vert.x does not offer: writing one buffer to thousands of
 * sockets at little more than the cost of the system calls, and aborting a response with unsent bytes.
 *
 * <p>Uses internal classes of Vert.x. Used on the event loop of the connection.
 */
public final class Wire {
    /** Source: RFC 9113, section 7. */
    private static final long CANCEL = 0x8;

    private final ChannelHandlerContext encoder;
    private final ChannelPromise ignored;

    private Wire(ChannelHandlerContext encoder) {
        this.encoder = encoder;
        this.ignored = new VoidChannelPromise(encoder.channel(), false);
    }

    /** The connection of a chunked response whose previous writes are complete; null unless it is HTTP/1.1. */
    public static @Nullable Wire below(HttpServerRequest request) {
        if (request.version() != HttpVersion.HTTP_1_1) {
            return null;
        }
        ChannelHandlerContext encoder =
                connection(request).channelHandlerContext().pipeline().context("httpEncoder");
        return encoder == null ? null : new Wire(encoder);
    }

    /**
     * Writes bytes unchanged: complete chunks, or a part that the next call continues.
     *
     * @param bytes direct memory that is never released or changed
     * @param whenTaken called once the socket has accepted all bytes, if it had not when this method returned
     * @return whether the socket has accepted all bytes
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

    /** Resets the idle timeout, whose handler does not see these writes. */
    private void noteActivity() {
        if (encoder.pipeline().get("idle") instanceof IdleStateHandler idle) {
            idle.resetWriteTimeout();
        }
    }

    /**
     * Aborts a response and drops unsent bytes: resets the HTTP/2 stream, or closes the HTTP/1.1 connection. The close of
     * Vert.x would wait for a client that does not read.
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
     * A copy in direct memory that sockets send by reference, so that many responses share it. The garbage collector frees it.
     *
     * @param bytes must not change
     */
    public static Buffer shared(Buffer bytes) {
        ByteBuffer memory =
                ByteBuffer.allocateDirect(bytes.length()).put(bytes.getBytes()).flip();
        return BufferInternal.buffer(Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(memory)));
    }

    /** The memory of a buffer, without a copy. It belongs to the buffer: releasing it has no effect. */
    public static ByteBuf memoryOf(Buffer bytes) {
        return ((BufferInternal) bytes).getByteBuf();
    }

    /**
     * Stops reading from the connection of a request that must wait. Pausing the request alone would still read and buffer
     * some of its body. HTTP/2 has flow control for that, so it is not affected.
     *
     * @return false if the account has no memory for the bytes already read
     */
    public static boolean suspendReads(HttpServerRequest request) {
        ConnectionGuard guard = channel(request).attr(ConnectionGuard.KEY).get();
        return guard == null || request.version() == HttpVersion.HTTP_2 || guard.suspendReads();
    }

    /** Resumes reading after {@link #suspendReads}. */
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
