package io.variate.web.connections;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.variate.web.decoding.HeaderFields;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Guards the streams of one connection of HTTP/2: bounds their number from the first byte on, counts what each holds, and
 * holds bodies and answers to the least rate, each stream by itself. Runs on the event loop of its connection.
 *
 * <p>Source: RFC 9113, sections 5.1.2 (concurrent streams), 5.2 (flow control) and 10.5 (denial of service).
 */
final class StreamGuard extends Http2ConnectionAdapter {
    /** What a stream costs beside its body and its answer: the request, its head, the handlers that wait for it. */
    private static final int STREAM_BYTES = 8 * 1024;

    /** Streams that a connection may have without asking the account. */
    private static final int FREE_STREAMS = 2;

    private static final int HEAD_FACTOR = 2;

    /** A connection ends after so many times as many refused streams in a row as it may have at a time. */
    private static final int MOST_REFUSED = 4;

    /** More of a frame than this is taken from the account. */
    private static final int FREE_FRAME_BYTES = 16 * 1024;

    private final ConnectionGuard guard;
    private final Http2ConnectionHandler handler;
    private final Connections connections;
    private final Http2Connection.PropertyKey key;
    private final List<Moving> slow = new ArrayList<>();

    private int active;
    private int refused;
    private long frameBytes;
    private long frameHeld;
    private int frameSince;
    private long granted;
    private int waitingSince;

    /** What moves on one stream. */
    private static final class Moving {
        private final Http2Stream stream;
        private long held;
        private boolean admitted;
        private boolean receives = true;
        private int bodySince;
        private long bodyBytes;
        private int answerSince;
        private long granted;
        private long grantedBefore;
        private long grantedToAll;

        Moving(Http2Stream stream, int now) {
            this.stream = stream;
            this.bodySince = now;
        }
    }

    StreamGuard(ConnectionGuard guard, Http2ConnectionHandler handler, Connections connections) {
        this.guard = guard;
        this.handler = handler;
        this.connections = connections;
        Http2Connection connection = handler.connection();
        this.key = connection.newKey();
        // Netty would apply a bound only once the client has acknowledged our settings, which it may never do. What is
        // beyond ours is refused by us, at less cost; what is far beyond, by Netty.
        connection.remote().maxActiveStreams(2 * connections.limits().streams());
        connection.addListener(this);
        listen();
    }

    private void listen() {
        Http2FrameListener present = handler.decoder().frameListener();
        if (!(present instanceof Frames)) {
            handler.decoder().frameListener(new Frames(present));
        }
    }

    /** Bytes of frames came. */
    void received(int count) {
        if (frameBytes == 0) {
            frameSince = guard.now();
        }
        frameBytes += count;
    }

    /** Takes from the account what a frame, or a head in many of them, has piled up. */
    void hold() {
        long needed = frameBytes - FREE_FRAME_BYTES;
        if (needed > frameHeld) {
            if (guard.take(connections.accounts().incoming(), needed - frameHeld)) {
                frameHeld = needed;
            } else {
                guard.cut(Cutoff.HEAD_MEMORY);
            }
        }
    }

    private void frameComplete() {
        frameBytes = 0;
        if (frameHeld > 0) {
            guard.giveBack(connections.accounts().incoming(), frameHeld);
            frameHeld = 0;
        }
    }

    void end() {
        frameComplete();
        try {
            handler.connection().forEachActiveStream(stream -> {
                release(stream);
                return true;
            });
        } catch (Http2Exception e) {
            throw new IllegalStateException("releasing a stream failed", e);
        }
    }

    @Override
    public void onStreamActive(Http2Stream stream) {
        Moving moving = new Moving(stream, guard.now());
        stream.setProperty(key, moving);
        active++;
        guard.busy(true);
    }

    @Override
    public void onStreamClosed(Http2Stream stream) {
        if (release(stream)) {
            if (stream.isHeadersSent() && !stream.isResetSent()) {
                guard.served();
            }
            active--;
            if (active == 0) {
                guard.busy(false);
            }
        }
    }

    private boolean release(Http2Stream stream) {
        Moving moving = stream.removeProperty(key);
        if (moving == null) {
            return false;
        }
        if (moving.held > 0) {
            guard.giveBack(connections.accounts().incoming(), moving.held);
        }
        return true;
    }

    /** Since when the client keeps us waiting, in ticks; 0 while it does not. */
    int waitingSince() {
        return waitingSince;
    }

    void look(int now) {
        if (frameBytes > 0 && guard.isTooSlow(now - frameSince, frameBytes)) {
            guard.cut(Cutoff.HEAD_TIMEOUT);
            return;
        }
        waitingSince = frameBytes > 0 ? frameSince : 0;
        if (active == 0) {
            return;
        }
        try {
            handler.connection().forEachActiveStream(stream -> {
                look(stream.getProperty(key), now);
                return true;
            });
        } catch (Http2Exception e) {
            throw new IllegalStateException("looking at a stream failed", e);
        }
        // Not while they are gone through, for a reset stream is no longer one of them.
        slow.forEach(this::end);
        slow.clear();
    }

    private void look(Moving moving, int now) {
        Http2RemoteFlowController outbound = handler.encoder().flowController();
        boolean blocked = outbound.hasFlowControlled(moving.stream)
                && (outbound.windowSize(moving.stream) <= 0
                        || outbound.windowSize(handler.connection().connectionStream()) <= 0);
        if (!blocked) {
            moving.answerSince = 0;
        } else if (moving.answerSince == 0) {
            moving.answerSince = now;
            moving.grantedBefore = moving.granted;
            moving.grantedToAll = granted;
        }
        if (moving.receives && unreadByUs(moving.stream)) {
            moving.bodySince = now;
            moving.bodyBytes = 0;
        }
        if (isSlow(moving, now)) {
            slow.add(moving);
        }
        int since = moving.answerSince != 0 ? moving.answerSince : moving.receives ? moving.bodySince : 0;
        if (since != 0 && (waitingSince == 0 || since < waitingSince)) {
            waitingSince = since;
        }
    }

    /** Whether the client can send no more of the body because we have not read what it sent. */
    private boolean unreadByUs(Http2Stream stream) {
        return handler.decoder().flowController().windowSize(stream) <= 0
                || handler.decoder()
                                .flowController()
                                .windowSize(handler.connection().connectionStream())
                        <= 0;
    }

    private boolean isSlow(Moving moving, int now) {
        if (moving.answerSince != 0) {
            // A stream that waits for its share of the connection is as slow as the connection.
            long taken = Math.min(moving.granted - moving.grantedBefore, granted - moving.grantedToAll);
            return guard.isTooSlow(now - moving.answerSince, taken);
        }
        return moving.receives && guard.isTooSlow(now - moving.bodySince, moving.bodyBytes);
    }

    private void end(Moving moving) {
        reset(moving.stream, Http2Error.CANCEL, moving.answerSince != 0 ? Cutoff.SLOW_ANSWER : Cutoff.SLOW_BODY);
    }

    @SuppressWarnings("FutureReturnValueIgnored")
    private void reset(Http2Stream stream, Http2Error error, Cutoff cause) {
        connections.note(cause);
        ChannelHandlerContext context = guard.channel().pipeline().context(handler);
        handler.resetStream(context, stream.id(), error.code(), context.newPromise());
        context.flush();
    }

    /** Sees what frames there are, and passes them on. */
    private final class Frames extends Http2FrameListenerDecorator {
        Frames(Http2FrameListener listener) {
            super(listener);
        }

        @Override
        public int onDataRead(ChannelHandlerContext context, int id, ByteBuf data, int padding, boolean last)
                throws Http2Exception {
            frameComplete();
            Moving moving = moving(id);
            if (moving != null) {
                moving.bodyBytes += data.readableBytes();
                moving.receives &= !last;
            }
            return super.onDataRead(context, id, data, padding, last);
        }

        @Override
        public void onHeadersRead(
                ChannelHandlerContext context, int id, Http2Headers headers, int padding, boolean last)
                throws Http2Exception {
            if (admits(id, headers, last)) {
                super.onHeadersRead(context, id, headers, padding, last);
            }
        }

        @Override
        public void onHeadersRead(
                ChannelHandlerContext context,
                int id,
                Http2Headers headers,
                int dependency,
                short weight,
                boolean exclusive,
                int padding,
                boolean last)
                throws Http2Exception {
            if (admits(id, headers, last)) {
                super.onHeadersRead(context, id, headers, dependency, weight, exclusive, padding, last);
            }
        }

        private boolean admits(int id, Http2Headers headers, boolean last) {
            frameComplete();
            Moving moving = moving(id);
            if (moving == null || moving.admitted) {
                if (moving != null) {
                    moving.receives &= !last;
                }
                return true;
            }
            moving.receives &= !last;
            long needed = Math.max(0, HEAD_FACTOR * size(headers) - STREAM_BYTES / 2);
            if (active > FREE_STREAMS) {
                needed += STREAM_BYTES;
            }
            if (active > connections.limits().streams()
                    || guard.holdsItsShare()
                    || (needed > 0 && !guard.take(connections.accounts().incoming(), needed))) {
                refuse(moving.stream);
                return false;
            }
            moving.held += needed;
            moving.admitted = true;
            refused = 0;
            return true;
        }

        private void refuse(Http2Stream stream) {
            refused++;
            if (refused > MOST_REFUSED * connections.limits().streams()) {
                guard.cut(Cutoff.REFUSED_STREAMS);
            } else {
                reset(stream, Http2Error.REFUSED_STREAM, Cutoff.STREAM_MEMORY);
            }
        }

        private static long size(Http2Headers headers) {
            long size = 0;
            for (Map.Entry<CharSequence, CharSequence> header : headers) {
                size += header.getKey().length() + header.getValue().length() + HeaderFields.COST / HEAD_FACTOR;
            }
            return size;
        }

        @Override
        public void onWindowUpdateRead(ChannelHandlerContext context, int id, int increment) throws Http2Exception {
            frameComplete();
            granted += id == 0 ? increment : 0;
            Moving moving = id == 0 ? null : moving(id);
            if (moving != null) {
                moving.granted += increment;
            }
            super.onWindowUpdateRead(context, id, increment);
        }

        @Override
        public void onPingRead(ChannelHandlerContext context, long data) throws Http2Exception {
            frameComplete();
            super.onPingRead(context, data);
        }

        @Override
        public void onSettingsRead(ChannelHandlerContext context, Http2Settings settings) throws Http2Exception {
            frameComplete();
            super.onSettingsRead(context, settings);
            // At the first settings Vert.x puts a listener of its own in our place.
            listen();
        }

        @Override
        public void onSettingsAckRead(ChannelHandlerContext context) throws Http2Exception {
            frameComplete();
            super.onSettingsAckRead(context);
        }

        @Override
        public void onRstStreamRead(ChannelHandlerContext context, int id, long error) throws Http2Exception {
            frameComplete();
            super.onRstStreamRead(context, id, error);
        }

        @Override
        public void onPriorityRead(
                ChannelHandlerContext context, int id, int dependency, short weight, boolean exclusive)
                throws Http2Exception {
            frameComplete();
            super.onPriorityRead(context, id, dependency, weight, exclusive);
        }

        @Override
        public void onPingAckRead(ChannelHandlerContext context, long data) throws Http2Exception {
            frameComplete();
            super.onPingAckRead(context, data);
        }

        @Override
        public void onGoAwayRead(ChannelHandlerContext context, int last, long error, ByteBuf debug)
                throws Http2Exception {
            frameComplete();
            super.onGoAwayRead(context, last, error, debug);
        }

        @Override
        public void onUnknownFrame(ChannelHandlerContext context, byte type, int id, Http2Flags flags, ByteBuf payload)
                throws Http2Exception {
            frameComplete();
            super.onUnknownFrame(context, type, id, flags, payload);
        }

        private @Nullable Moving moving(int id) {
            Http2Stream stream = handler.connection().stream(id);
            return stream == null ? null : stream.getProperty(key);
        }
    }
}
