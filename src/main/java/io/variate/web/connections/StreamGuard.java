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
 * Guards the streams of one HTTP/2 connection: limits their number from the first byte on, charges the memory of each, and
 * enforces the minimum rate of each body and response. Runs on the event loop of its connection.
 *
 * <p>Source: RFC 9113, sections 5.1.2 (concurrent streams), 5.2 (flow control) and 10.5 (denial of service).
 */
final class StreamGuard extends Http2ConnectionAdapter {
    /** Memory of a stream besides its body and response: the request, its head, its handlers. */
    private static final int STREAM_BYTES = 8 * 1024;

    /** Streams of a connection that are not charged to the account. */
    private static final int FREE_STREAMS = 2;

    private static final int HEAD_FACTOR = 2;

    /** A connection is aborted after so many times the stream limit of consecutive rejected streams. */
    private static final int MAX_REFUSED = 4;

    /** Bytes of a frame that are not charged to the account. */
    private static final int FREE_FRAME_BYTES = 16 * 1024;

    private final ConnectionGuard guard;
    private final Http2ConnectionHandler handler;
    private final Connections connections;
    private final Http2Connection.PropertyKey key;
    private final List<Transfer> slow = new ArrayList<>();

    private int active;
    private int refused;
    private long frameBytes;
    private long frameHeld;
    private int frameSince;
    private long granted;
    private int waitingSince;

    /** Progress of the body and the response of one stream. */
    private static final class Transfer {
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

        Transfer(Http2Stream stream, int now) {
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
        // Netty enforces its limit only once the client has acknowledged our settings, which it may never do. This
        // guard
        // rejects streams over our limit at less cost; Netty rejects those over twice the limit.
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

    /** Bytes of frames arrived. */
    void received(int count) {
        if (frameBytes == 0) {
            frameSince = guard.now();
        }
        frameBytes += count;
    }

    /** Charges the bytes of an incomplete frame, or of a head in several frames. */
    void chargeFrame() {
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
            guard.release(connections.accounts().incoming(), frameHeld);
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
        Transfer transfer = new Transfer(stream, guard.now());
        stream.setProperty(key, transfer);
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
        Transfer transfer = stream.removeProperty(key);
        if (transfer == null) {
            return false;
        }
        if (transfer.held > 0) {
            guard.release(connections.accounts().incoming(), transfer.held);
        }
        return true;
    }

    /** When the node began to wait for the client, in ticks; 0 while it does not wait. */
    int waitingSince() {
        return waitingSince;
    }

    /** Checks the deadlines of all streams. */
    void checkNow(int now) {
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
                checkNow(stream.getProperty(key), now);
                return true;
            });
        } catch (Http2Exception e) {
            throw new IllegalStateException("checking a stream failed", e);
        }
        // After the iteration, because a reset removes its stream.
        slow.forEach(this::abort);
        slow.clear();
    }

    private void checkNow(Transfer transfer, int now) {
        Http2RemoteFlowController outbound = handler.encoder().flowController();
        boolean blocked = outbound.hasFlowControlled(transfer.stream)
                && (outbound.windowSize(transfer.stream) <= 0
                        || outbound.windowSize(handler.connection().connectionStream()) <= 0);
        if (!blocked) {
            transfer.answerSince = 0;
        } else if (transfer.answerSince == 0) {
            transfer.answerSince = now;
            transfer.grantedBefore = transfer.granted;
            transfer.grantedToAll = granted;
        }
        if (transfer.receives && isBlockedByNode(transfer.stream)) {
            transfer.bodySince = now;
            transfer.bodyBytes = 0;
        }
        if (isSlow(transfer, now)) {
            slow.add(transfer);
        }
        int since = transfer.answerSince != 0 ? transfer.answerSince : transfer.receives ? transfer.bodySince : 0;
        if (since != 0 && (waitingSince == 0 || since < waitingSince)) {
            waitingSince = since;
        }
    }

    /** Whether the client cannot send more of the body because this node has not read the previous bytes. */
    private boolean isBlockedByNode(Http2Stream stream) {
        return handler.decoder().flowController().windowSize(stream) <= 0
                || handler.decoder()
                                .flowController()
                                .windowSize(handler.connection().connectionStream())
                        <= 0;
    }

    private boolean isSlow(Transfer transfer, int now) {
        if (transfer.answerSince != 0) {
            // A stream that waits for the connection's flow-control window is as slow as the connection.
            long taken = Math.min(transfer.granted - transfer.grantedBefore, granted - transfer.grantedToAll);
            return guard.isTooSlow(now - transfer.answerSince, taken);
        }
        return transfer.receives && guard.isTooSlow(now - transfer.bodySince, transfer.bodyBytes);
    }

    private void abort(Transfer transfer) {
        reset(transfer.stream, Http2Error.CANCEL, transfer.answerSince != 0 ? Cutoff.SLOW_ANSWER : Cutoff.SLOW_BODY);
    }

    @SuppressWarnings("FutureReturnValueIgnored")
    private void reset(Http2Stream stream, Http2Error error, Cutoff cause) {
        connections.countCutoff(cause);
        ChannelHandlerContext context = guard.channel().pipeline().context(handler);
        handler.resetStream(context, stream.id(), error.code(), context.newPromise());
        context.flush();
    }

    /** Observes all frames and passes them on. */
    private final class Frames extends Http2FrameListenerDecorator {
        Frames(Http2FrameListener listener) {
            super(listener);
        }

        @Override
        public int onDataRead(ChannelHandlerContext context, int id, ByteBuf data, int padding, boolean last)
                throws Http2Exception {
            frameComplete();
            Transfer transfer = transfer(id);
            if (transfer != null) {
                transfer.bodyBytes += data.readableBytes();
                transfer.receives &= !last;
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
            Transfer transfer = transfer(id);
            if (transfer == null || transfer.admitted) {
                if (transfer != null) {
                    transfer.receives &= !last;
                }
                return true;
            }
            transfer.receives &= !last;
            long needed = Math.max(0, HEAD_FACTOR * size(headers) - STREAM_BYTES / 2);
            if (active > FREE_STREAMS) {
                needed += STREAM_BYTES;
            }
            if (active > connections.limits().streams()
                    || guard.exceedsShare()
                    || (needed > 0 && !guard.take(connections.accounts().incoming(), needed))) {
                refuse(transfer.stream);
                return false;
            }
            transfer.held += needed;
            transfer.admitted = true;
            refused = 0;
            return true;
        }

        private void refuse(Http2Stream stream) {
            refused++;
            if (refused > MAX_REFUSED * connections.limits().streams()) {
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
            Transfer transfer = id == 0 ? null : transfer(id);
            if (transfer != null) {
                transfer.granted += increment;
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
            // Vert.x replaces this listener when the first settings arrive.
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

        private @Nullable Transfer transfer(int id) {
            Http2Stream stream = handler.connection().stream(id);
            return stream == null ? null : stream.getProperty(key);
        }
    }
}
