package io.variate.web;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** An HTTP/2 connection without TLS, for frames that no real client sends. */
@SuppressWarnings("FutureReturnValueIgnored") // tests check the outcome of each exchange
final class RawHttp2 implements AutoCloseable {
    private static final int TIMEOUT_SECONDS = 20;

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Channel channel;

    private RawHttp2(int port) throws InterruptedException {
        this.channel = new Bootstrap()
                .group(group)
                .channel(NioSocketChannel.class)
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel made) {
                        made.pipeline()
                                .addLast(Http2FrameCodecBuilder.forClient()
                                        .validateHeaders(false)
                                        .encoderIgnoreMaxHeaderListSize(true)
                                        .build())
                                .addLast(new Http2MultiplexHandler(new ChannelInboundHandlerAdapter()));
                    }
                })
                .connect("127.0.0.1", port)
                .sync()
                .channel();
    }

    static RawHttp2 to(int port) throws InterruptedException {
        return new RawHttp2(port);
    }

    /**
     * The outcome of a stream.
     *
     * @param status the HTTP status, or {@code reset}, {@code closed} or {@code silence}
     * @param body one character for each byte
     */
    record Outcome(String status, Http2Headers headers, String body) {}

    /** An open stream with the frames received on it. */
    static final class Opened extends ChannelInboundHandlerAdapter {
        private final BlockingQueue<Object> frames = new LinkedBlockingQueue<>();

        @Override
        public void channelRead(ChannelHandlerContext context, Object frame) {
            frames.add(frame);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            frames.add("closed");
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            frames.add(event);
        }
    }

    /** Sends a request, and awaits the end of the response. */
    Outcome exchange(Http2Headers headers, String body) throws InterruptedException {
        Opened handler = new Opened();
        open(handler, headers, body);
        return await(handler.frames);
    }

    /** Opens a stream, and resets it after the first frame of the response. */
    void openAndReset(Http2Headers headers) throws InterruptedException {
        Opened handler = new Opened();
        Channel stream = open(handler, headers, "");
        handler.frames.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        stream.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.CANCEL)).await();
    }

    private Channel open(Opened handler, Http2Headers headers, String body) throws InterruptedException {
        Channel stream = new Http2StreamChannelBootstrap(channel)
                .handler(handler)
                .open()
                .await()
                .getNow();
        if (stream == null) {
            handler.frames.add("closed");
            return channel;
        }
        stream.write(new DefaultHttp2HeadersFrame(headers, body.isEmpty()));
        if (!body.isEmpty()) {
            stream.write(new DefaultHttp2DataFrame(Unpooled.copiedBuffer(body, StandardCharsets.ISO_8859_1), true));
        }
        stream.flush();
        return stream;
    }

    private static Outcome await(BlockingQueue<Object> frames) throws InterruptedException {
        Http2Headers head = null;
        StringBuilder body = new StringBuilder();
        while (true) {
            Object frame = frames.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            boolean last = false;
            String end = frame == null ? "silence" : "";
            if (frame instanceof Http2HeadersFrame answer) {
                head = head == null || isInterim(head) ? answer.headers() : head;
                last = answer.isEndStream();
            } else if (frame instanceof Http2DataFrame data) {
                body.append(data.content().toString(StandardCharsets.ISO_8859_1));
                last = data.isEndStream();
            } else if (frame instanceof Http2ResetFrame) {
                end = "reset";
            } else if ("closed".equals(frame)) {
                end = "closed";
            }
            ReferenceCountUtil.release(frame);
            if (last && head != null) {
                return new Outcome(String.valueOf(head.status()), head, body.toString());
            }
            if (!end.isEmpty()) {
                return new Outcome(end, new DefaultHttp2Headers(), body.toString());
            }
        }
    }

    /** Whether the server closes the connection. */
    boolean isClosed() throws InterruptedException {
        return channel.closeFuture().await(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    private static boolean isInterim(Http2Headers headers) {
        return headers.status().charAt(0) == '1';
    }

    @Override
    public void close() {
        channel.close();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
