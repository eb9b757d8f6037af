package io.variate.web.connections;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufHolder;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.FileRegion;

/** Measures how fast a client reads what is sent to it. Used on the event loop of the connection; times are in ticks. */
final class OutboundFlow {
    private final Channel channel;
    private long written;
    private long flushed;
    private int pendingSince;
    private long flushedBefore;

    OutboundFlow(Channel channel) {
        this.channel = channel;
    }

    /** A message is written to the channel. */
    void written(Object message) {
        written += length(message);
    }

    private static long length(Object message) {
        if (message instanceof ByteBuf bytes) {
            return bytes.readableBytes();
        }
        if (message instanceof ByteBufHolder holder) {
            return holder.content().readableBytes();
        }
        return message instanceof FileRegion region ? region.count() : 0;
    }

    /** Bytes that the socket has not accepted yet. */
    long pending() {
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        return buffer == null ? 0 : buffer.totalPendingWriteBytes();
    }

    /** Measures; returns whether the socket has accepted bytes since the last call. */
    boolean update(int now) {
        long pending = pending();
        boolean moved = written - pending != flushed;
        flushed = written - pending;
        if (pending == 0) {
            pendingSince = 0;
        } else if (pendingSince == 0) {
            pendingSince = now;
            flushedBefore = flushed;
        }
        return moved;
    }

    /** When the present backlog began; 0 if there is none. As of the last {@link #update}. */
    int pendingSince() {
        return pendingSince;
    }

    /** Bytes that the socket has accepted since the present backlog began. As of the last {@link #update}. */
    long flushedSincePending() {
        return flushed - flushedBefore;
    }
}
