package io.variate.web.connections;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.Map;

/** Notifies the guard of an HTTP/1.1 connection where its requests and responses begin and end. */
final class RequestGuard extends ChannelDuplexHandler {
    static final String NAME = "requests";

    private static final int CONTINUE = 100;
    private static final int BAD_REQUEST = 400;

    /** Bytes of a header field besides its name and value. */
    private static final int SEPARATORS = 4;

    private final ConnectionGuard guard;
    private boolean successful;

    RequestGuard(ConnectionGuard guard) {
        this.guard = guard;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        boolean upgrade = false;
        if (message instanceof HttpRequest request) {
            guard.headComplete(guard.isMeasuring() ? size(request) : 0);
            upgrade = request.headers().contains(HttpHeaderNames.UPGRADE);
        }
        if (message instanceof HttpContent content) {
            if (guard.isMeasuring()) {
                guard.measured(content.content().readableBytes());
            }
            if (message instanceof LastHttpContent) {
                guard.bodyComplete();
            }
        }
        context.fireChannelRead(message);
        if (upgrade) {
            guard.guardStreams(context);
        }
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // the promise reports failures
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        boolean isInterim = false;
        if (message instanceof HttpResponse response) {
            int status = response.status().code();
            isInterim = status == CONTINUE;
            successful = status < BAD_REQUEST;
            if (!isInterim) {
                guard.answerBegun();
            }
        }
        if (message instanceof LastHttpContent && !isInterim) {
            guard.answered(successful);
        }
        context.write(message, promise);
    }

    private static long size(HttpRequest request) {
        long size = request.uri().length();
        for (Map.Entry<String, String> header : request.headers()) {
            size += header.getKey().length() + header.getValue().length() + SEPARATORS;
        }
        return size;
    }
}
