package io.variate.web.decoding;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.impl.Http1xOrH2CHandler;

/**
 * Adds {@link StrictRequests} to the pipeline of an HTTP/1 connection before its decoder reads the first byte.
 *
 * <p>Vert.x creates the decoder once its detector has determined the protocol. So this handler first waits in front of the
 * detector, until Vert.x has installed it, and then directly behind it.
 */
public final class StrictStart extends ChannelInboundHandlerAdapter {
    private final HttpServerOptions options;
    private final boolean behind;

    /**
     * A handler for one connection.
     *
     * @param options the options of the server
     */
    public StrictStart(HttpServerOptions options) {
        this(options, false);
    }

    private StrictStart(HttpServerOptions options, boolean behind) {
        this.options = options;
        this.behind = behind;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) {
        ChannelPipeline pipeline = context.pipeline();
        ChannelHandlerContext detector = pipeline.context(Http1xOrH2CHandler.class);
        if (!behind && detector != null) {
            pipeline.addAfter(detector.name(), null, new StrictStart(options, true));
        } else if (pipeline.get("httpEncoder") != null) {
            pipeline.addAfter("httpEncoder", "strict", new StrictRequests(options));
        }
        context.fireChannelRead(bytes);
        if (!context.isRemoved()) {
            pipeline.remove(this);
        }
    }
}
