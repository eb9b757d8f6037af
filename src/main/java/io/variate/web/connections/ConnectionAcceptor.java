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

/** Sees each connection when it is accepted, on the thread that accepts, and puts its guard before all else. */
final class ConnectionAcceptor extends ChannelInboundHandlerAdapter {
    /** Bytes of a read, at most, until a request of the connection has been served. */
    private static final int FIRST_READS = 1024;

    /**
     * One read at a time, and no large one: what is to be read next can be decided after each, and no connection has its
     * event loop for long.
     */
    private static final RecvByteBufAllocator READS =
            new AdaptiveRecvByteBufAllocator(64, FIRST_READS, 16 * 1024).maxMessagesPerRead(1);

    /** Connections that wait for their event loops; while there are more, none is accepted. */
    private static final int MOST_WAITING = 256;

    private final AtomicInteger waiting = new AtomicInteger();
    private final Connections connections;
    private final HttpServerOptions options;

    ConnectionAcceptor(Connections connections, HttpServerOptions options) {
        this.connections = connections;
        this.options = options;
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // of adding a listener
    public void channelRead(ChannelHandlerContext context, Object accepted) {
        if (accepted instanceof Channel channel) {
            Channel port = context.channel();
            ConnectionGuard guard = new ConnectionGuard(channel, connections, () -> registered(port));
            channel.config().setRecvByteBufAllocator(() -> new Reads(READS.newHandle(), guard));
            channel.attr(ConnectionGuard.KEY).set(guard);
            channel.pipeline().addLast(ConnectionGuard.NAME, guard).addLast(new StrictStart(options));
            if (!connections.add(guard)) {
                channel.unsafe().closeForcibly();
                return;
            }
            channel.closeFuture().addListener(closed -> guard.closed());
            if (waiting.incrementAndGet() >= MOST_WAITING) {
                port.config().setAutoRead(false);
                acceptAgain(port);
            }
        }
        context.fireChannelRead(accepted);
    }

    private void registered(Channel port) {
        waiting.decrementAndGet();
        acceptAgain(port);
    }

    /** Any thread. */
    private void acceptAgain(Channel port) {
        if (!port.config().isAutoRead() && waiting.get() <= MOST_WAITING / 2) {
            port.config().setAutoRead(true);
        }
    }

    /** Reads little from a connection that has not been served. */
    @SuppressWarnings("deprecation") // by a note on the interface that the class to extend refers to
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
