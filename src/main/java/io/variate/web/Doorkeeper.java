package io.variate.web;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.RecvByteBufAllocator;
import io.vertx.core.http.HttpServerOptions;

/** Sees each connection when it is accepted, on the thread that accepts, and puts its guard before all else. */
final class Doorkeeper extends ChannelInboundHandlerAdapter {
    /**
     * One read at a time, and no large one: what is to be read next can be decided after each, and no connection has its
     * event loop for long.
     */
    private static final RecvByteBufAllocator READS =
            new AdaptiveRecvByteBufAllocator(64, 2 * 1024, 16 * 1024).maxMessagesPerRead(1);

    private final Connections connections;
    private final HttpServerOptions options;

    Doorkeeper(Connections connections, HttpServerOptions options) {
        this.connections = connections;
        this.options = options;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object accepted) {
        if (accepted instanceof Channel channel) {
            ConnectionGuard guard = new ConnectionGuard(channel, connections);
            channel.config().setRecvByteBufAllocator(READS);
            channel.attr(ConnectionGuard.KEY).set(guard);
            channel.pipeline().addLast(ConnectionGuard.NAME, guard).addLast(new StrictStart(options));
            if (!connections.add(guard)) {
                channel.unsafe().closeForcibly();
                return;
            }
        }
        context.fireChannelRead(accepted);
    }
}
