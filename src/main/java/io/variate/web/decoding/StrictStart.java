package io.variate.web.decoding;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.impl.Http1xOrH2CHandler;

/**
 * Puts {@link StrictRequests} into the pipeline of a connection that turns out to be of HTTP/1, before its decoder reads
 * the first byte.
 *
 * <p>Vert.x makes the decoder when it has seen how a connection begins. So this waits in front of the handler that looks,
 * for Vert.x to be there at all, and then right behind it.
 */
public final class StrictStart extends ChannelInboundHandlerAdapter {
    private final HttpServerOptions options;
    private final boolean behind;

    /**
     * Reads the start of one connection.
     *
     * @param options those of the server
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
