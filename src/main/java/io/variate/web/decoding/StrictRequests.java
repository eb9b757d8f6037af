package io.variate.web.decoding;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.HttpServerOptions;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads the requests of one HTTP/1 connection with a {@link StrictRequestDecoder}, and closes the connection so that the
 * client learns the reason: a malformed body gets a 400, and a client that closes its side still gets its responses.
 *
 * <p>Installed directly after the encoder of Vert.x. A malformed head is passed on to the handler that Vert.x has for it. For
 * a malformed body Vert.x would only close the connection, so this handler answers it, after all earlier requests.
 */
@SuppressWarnings(
        "FutureReturnValueIgnored") // a failed write or close ends the connection, which other handlers notice
public final class StrictRequests extends ChannelDuplexHandler {
    private static final String DECODER = "httpDecoder";

    /** How long the rest of a rejected request is read and dropped: TCP resets a connection closed with unread bytes. */
    private static final long LINGER_MILLIS = 500;

    private final HttpServerOptions options;

    /** Requests without a complete response. */
    private int open;

    private boolean inRequest;
    private boolean badHead;
    private boolean answering;
    private boolean streaming;
    private boolean inputEnded;
    private boolean closing;
    private @Nullable UnacceptableRequestException rejection;

    /**
     * Reads the requests of one connection.
     *
     * @param options the options of the server, with its limits
     */
    public StrictRequests(HttpServerOptions options) {
        this.options = options;
    }

    /** Replaces the decoder, which must not have read any bytes. */
    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        context.pipeline().replace(DECODER, DECODER, new StrictRequestDecoder(options));
        context.channel().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        context.channel().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, false);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (rejection != null || closing) {
            ReferenceCountUtil.release(message);
            return;
        }
        if (message instanceof HttpContent content && content.decoderResult().isFailure() && inRequest) {
            ReferenceCountUtil.release(message);
            reject(context, cause(content));
            return;
        }
        if (message instanceof HttpRequest request) {
            open++;
            badHead = request.decoderResult().isFailure();
            inRequest = !badHead;
            Upgrades.ignoreUnlessComplete(request);
        }
        if (message instanceof LastHttpContent) {
            inRequest = false;
        }
        context.fireChannelRead(message instanceof HttpContent content ? unpooled(content) : message);
    }

    /**
     * Copies a body out of Netty's pool. Vert.x queues messages after an unanswered request, and does not release the queue
     * when the connection closes; it would copy them later anyway.
     */
    private static HttpContent unpooled(HttpContent content) {
        if (!content.content().isReadable()) {
            return content;
        }
        try {
            return content.replace(Unpooled.copiedBuffer(content.content()));
        } finally {
            content.release();
        }
    }

    private static UnacceptableRequestException cause(HttpContent broken) {
        return broken.decoderResult().cause() instanceof UnacceptableRequestException known
                ? known
                : new UnacceptableRequestException("the body is malformed", "body");
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            endInput(context);
        } else if (!(event instanceof ChannelInputShutdownReadComplete)) {
            context.fireUserEventTriggered(event);
        }
    }

    private void endInput(ChannelHandlerContext context) {
        inputEnded = true;
        if (inRequest && rejection == null) {
            inRequest = false;
            reject(context, new UnacceptableRequestException("the body is incomplete", "body"));
        } else if (open == 0 || streaming) {
            closeOnceSent(context);
        }
    }

    private void reject(ChannelHandlerContext context, UnacceptableRequestException why) {
        rejection = why;
        answerRejection(context);
    }

    /** Answers the rejected request, which is the last one, after all earlier requests. */
    private void answerRejection(ChannelHandlerContext context) {
        UnacceptableRequestException why = rejection;
        if (why == null || closing || open > 1) {
            return;
        }
        closing = true;
        Object answer = open == 0 || answering ? Unpooled.EMPTY_BUFFER : response(why);
        context.writeAndFlush(answer).addListener(written -> linger(context));
    }

    /** Flushes first, because responses may be written and not flushed. */
    private static void closeOnceSent(ChannelHandlerContext context) {
        context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    private static HttpResponse response(UnacceptableRequestException why) {
        byte[] body = UnreadableRequests.toJson(why).encode().getBytes(StandardCharsets.UTF_8);
        DefaultFullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(why.status()), Unpooled.wrappedBuffer(body));
        HttpHeaders headers = response.headers();
        headers.set(HttpHeaderNames.CONTENT_TYPE, "application/json; charset=utf-8");
        headers.set(HttpHeaderNames.CACHE_CONTROL, "no-store");
        headers.set(HttpHeaderNames.CONTENT_LENGTH, body.length);
        headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        headers.set(HttpHeaderNames.DATE, HttpDate.now());
        return response;
    }

    private void linger(ChannelHandlerContext context) {
        if (inputEnded || !(context.channel() instanceof DuplexChannel channel)) {
            context.close();
            return;
        }
        channel.shutdownOutput();
        context.executor().schedule(() -> context.close(), LINGER_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (closing) {
            ReferenceCountUtil.release(message);
            promise.tryFailure(new ClosedChannelException());
            return;
        }
        if (message instanceof HttpResponse response && !isInterim(response)) {
            answering = true;
            streaming = isEventStream(response);
            if (streaming && inputEnded) {
                // It would end only when a write fails; by then the client has received what it requested.
                context.executor().schedule(() -> context.close(), LINGER_MILLIS, TimeUnit.MILLISECONDS);
            }
        }
        boolean last = message instanceof LastHttpContent && !isInterim(message);
        if (last) {
            open--;
            answering = false;
            streaming = false;
        }
        ChannelPromise written = promise.unvoid();
        if (badHead && open == (last ? 0 : 1)) {
            // The response is complete by its length, so the client need not wait for the end of the connection.
            closing = true;
            written.addListener(sent -> linger(context));
        } else if (last && open == 0 && inputEnded) {
            written.addListener(ChannelFutureListener.CLOSE);
        }
        context.write(message, written);
        if (last && rejection != null) {
            answerRejection(context);
        }
    }

    /** 100 and 103 precede a response; after 101 the connection is no longer HTTP/1. */
    private static boolean isInterim(Object message) {
        return message instanceof HttpResponse response
                && response.status().codeClass() == HttpStatusClass.INFORMATIONAL
                && response.status().code() != HttpResponseStatus.SWITCHING_PROTOCOLS.code();
    }

    private static boolean isEventStream(HttpResponse response) {
        String type = response.headers().get(HttpHeaderNames.CONTENT_TYPE);
        return type != null && type.startsWith("text/event-stream");
    }
}
