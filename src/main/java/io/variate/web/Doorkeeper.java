package io.variate.web;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.vertx.core.http.HttpServerOptions;

/** Sees each connection when it is accepted, on the thread that accepts, and puts its guard before all else. */
final class Doorkeeper extends ChannelInboundHandlerAdapter {
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
