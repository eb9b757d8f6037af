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
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Installs the guard of each accepted connection as its first handler, and hands it to an event loop. Runs on the acceptor
 * thread, except where noted.
 *
 * <p>The event loops get few connections at a time. The others wait here, and the newest is next: in a burst of thousands of
 * connections, a client that connects after the burst is served at once instead of after all of it. The system would
 * keep its own queue in order, and drop connection attempts once that is full, which clients repeat only after a second.
 */
final class ConnectionAcceptor extends ChannelInboundHandlerAdapter {
    /** Most bytes of a read until a request of the connection has succeeded. */
    private static final int FIRST_READS = 1024;

    /** Single small reads: the guard decides after each whether to continue, and no connection occupies its event loop for long. */
    private static final RecvByteBufAllocator READS =
            new AdaptiveRecvByteBufAllocator(64, FIRST_READS, 16 * 1024).maxMessagesPerRead(1);

    /** Most connections that event loops were given and have not begun to serve. */
    private static final int MAX_GIVEN = 256;

    /** Accepting pauses while so many connections wait here. Each occupies about 2 KB. */
    private static final int MAX_WAITING = 8192;

    /** At most half of the limit, because a connection that no loop serves yet cannot be evicted for another one. */
    private final int maxGiven;

    private final AtomicInteger given = new AtomicInteger();
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private final AtomicBoolean giving = new AtomicBoolean();
    private volatile boolean anyWaits;
    private final Connections connections;
    private final HttpServerOptions options;

    ConnectionAcceptor(Connections connections, HttpServerOptions options) {
        this.connections = connections;
        this.options = options;
        this.maxGiven = Math.max(1, Math.min(MAX_GIVEN, connections.limits().connections() / 2));
    }

    /** @param since when it was accepted, on the clock of {@link System#nanoTime} */
    private record Waiting(Channel channel, long since) {}

    @Override
    public void channelRead(ChannelHandlerContext context, Object accepted) {
        if (!(accepted instanceof Channel channel)) {
            context.fireChannelRead(accepted);
        } else if (waiting.isEmpty() && given.get() < maxGiven) {
            give(context, channel);
        } else {
            waiting.addLast(new Waiting(channel, System.nanoTime()));
            if (waiting.size() >= MAX_WAITING) {
                context.channel().config().setAutoRead(false);
            }
            giveNext(context);
        }
    }

    private void giveNext(ChannelHandlerContext context) {
        giving.set(false);
        // Before the counter is read, because an event loop reads both in the other order.
        anyWaits = !waiting.isEmpty();
        while (!waiting.isEmpty() && given.get() < maxGiven) {
            give(context, waiting.removeLast().channel());
        }
        long overdue = System.nanoTime() - connections.limits().headTimeout().toNanos();
        while (!waiting.isEmpty() && waiting.getFirst().since() - overdue < 0) {
            waiting.removeFirst().channel().unsafe().closeForcibly();
        }
        anyWaits = !waiting.isEmpty();
        if (waiting.size() <= MAX_WAITING / 2 && !context.channel().config().isAutoRead()) {
            context.channel().config().setAutoRead(true);
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // returned by addListener
    private void give(ChannelHandlerContext context, Channel channel) {
        ConnectionGuard guard = new ConnectionGuard(channel, connections, options, () -> served(context));
        channel.config().setRecvByteBufAllocator(() -> new Reads(READS.newHandle(), guard));
        channel.attr(ConnectionGuard.KEY).set(guard);
        channel.pipeline().addLast(ConnectionGuard.NAME, guard).addLast(new StrictStart(options));
        if (!connections.add(guard)) {
            channel.unsafe().closeForcibly();
            return;
        }
        channel.closeFuture().addListener(closed -> guard.closed());
        given.incrementAndGet();
        context.fireChannelRead(channel);
    }

    /** Called on the event loop of the connection that it begins to serve. */
    private void served(ChannelHandlerContext context) {
        if (given.decrementAndGet() <= maxGiven / 2 && anyWaits && giving.compareAndSet(false, true)) {
            context.executor().execute(() -> giveNext(context));
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        waiting.forEach(each -> each.channel().unsafe().closeForcibly());
        waiting.clear();
        context.fireChannelInactive();
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
