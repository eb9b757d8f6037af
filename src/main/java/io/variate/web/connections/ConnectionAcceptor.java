package io.variate.web.connections;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;
import io.variate.web.decoding.StrictStart;
import io.vertx.core.http.HttpServerOptions;
import java.util.concurrent.atomic.AtomicInteger;

/** Installs the guard of each accepted connection as its first handler. Runs on the acceptor thread. */
final class ConnectionAcceptor extends ChannelInboundHandlerAdapter {
    /** Most bytes of a read until a request of the connection has succeeded. */
    private static final int FIRST_READS = 1024;

    /** Single small reads: the guard decides after each whether to continue, and no connection occupies its event loop for long. */
    private static final RecvByteBufAllocator READS =
            new AdaptiveRecvByteBufAllocator(64, FIRST_READS, 16 * 1024).maxMessagesPerRead(1);

    /** Accepting pauses while so many connections wait for their event loops. */
    private static final int MAX_WAITING = 256;

    private final AtomicInteger waiting = new AtomicInteger();
    private final Connections connections;
    private final HttpServerOptions options;

    ConnectionAcceptor(Connections connections, HttpServerOptions options) {
        this.connections = connections;
        this.options = options;
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // returned by addListener
    public void channelRead(ChannelHandlerContext context, Object accepted) {
        if (accepted instanceof Channel channel) {
            Channel port = context.channel();
            ConnectionGuard guard = new ConnectionGuard(channel, connections, options, () -> registered(port));
            channel.config().setRecvByteBufAllocator(() -> new Reads(READS.newHandle(), guard));
            channel.attr(ConnectionGuard.KEY).set(guard);
            channel.pipeline().addLast(ConnectionGuard.NAME, guard).addLast(new StrictStart(options));
            if (!connections.add(guard)) {
                channel.unsafe().closeForcibly();
                return;
            }
            channel.closeFuture().addListener(closed -> guard.closed());
            if (waiting.incrementAndGet() >= MAX_WAITING) {
                port.config().setAutoRead(false);
                resumeAccepting(port);
            }
        }
        context.fireChannelRead(accepted);
    }

    private void registered(Channel port) {
        waiting.decrementAndGet();
        resumeAccepting(port);
    }

    /** Any thread. */
    private void resumeAccepting(Channel port) {
        if (!port.config().isAutoRead() && waiting.get() <= MAX_WAITING / 2) {
            port.config().setAutoRead(true);
        }
    }

    /** Reads little from a connection without a successful request. */
    @SuppressWarnings("deprecation") // the superclass refers to a deprecated interface
    private static final class Reads extends RecvByteBufAllocator.DelegatingHandle
            implements RecvByteBufAllocator.ExtendedHandle {
        private final ConnectionGuard guard;

        Reads(RecvByteBufAllocator.Handle adaptive, ConnectionGuard guard) {
            super(adaptive);
            this.guard = guard;
        }

        @Override
        public ByteBuf allocate(ByteBufAllocator allocator) {
            return guard.isServed() ? super.allocate(allocator) : allocator.ioBuffer(Math.min(guess(), FIRST_READS));
        }

        @Override
        public boolean continueReading(UncheckedBooleanSupplier mayHaveMore) {
            return delegate() instanceof RecvByteBufAllocator.ExtendedHandle extended
                    ? extended.continueReading(mayHaveMore)
                    : continueReading();
        }
    }
}
