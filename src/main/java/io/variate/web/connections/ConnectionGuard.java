package io.variate.web.connections;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufHolder;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.FileRegion;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.util.AttributeKey;
import io.variate.web.decoding.HeaderFields;
import io.variate.web.decoding.StrictRequestDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Guards one connection, next to its socket: counts what its client makes the node hold, holds it to deadlines, and reads
 * nothing more while the client does not take what it was sent.
 *
 * <p>What every connection may hold is part of its price ({@link #ALLOWANCE}, times the most connections); only what goes
 * beyond is taken from the account, so that ordinary requests never wait for it. Runs on the event loop of its connection;
 * what others call says so.
 */
final class ConnectionGuard extends ChannelDuplexHandler implements Holder {
    static final AttributeKey<ConnectionGuard> KEY = AttributeKey.valueOf(ConnectionGuard.class, "guard");
    static final String NAME = "guard";

    /** Bytes that a connection may hold without asking. */
    static final int ALLOWANCE = 8 * 1024;

    /** Bytes that are taken from the account at a time, so that a trickle does not ask for each of its bytes. */
    private static final int STEP = 8 * 1024;

    /** What the bytes of a head grow to: themselves, and the texts that are made of them. */
    private static final int HEAD_FACTOR = 2;

    /** As long as a client may keep us waiting, a little at a time, before memory may be taken from it. */
    private static final int PATIENCE_TICKS = LoopWatch.TICKS_PER_SECOND;

    /** As long as nothing at all may move before that. */
    private static final int STALL_TICKS = 2;

    /** No connection gets further streams while it holds more than this part of the account. */
    private static final int SHARES = 32;

    /** The most tries to make room for one request. */
    private static final int MOST_SHED = 8;

    /** Bytes of an unfinished head that are kept without asking, and without being decoded. */
    private static final int MOST_GATHERED = ALLOWANCE / 2;

    private static final byte[] HTTP2_START = {'P', 'R', 'I'};

    /** The start of HTTP/2 in its first bytes, which no request of HTTP/1.1 has. */
    private static final int TELLING_BYTES = 3;

    private static final ByteBuf TIMEOUT =
            answer("408 Request Timeout", "request_timeout", "the request did not arrive in time; send it faster");
    private static final ByteBuf FULL = answer(
            "503 Service Unavailable", "overloaded", "this node has no memory left for the head of this request");

    /** Where {@link Connections} and {@link LoopWatch} have this guard; theirs to change. */
    int slot = -1;

    int place = -1;

    private final Channel channel;
    private final Runnable registered;
    private final Connections connections;
    private final Object lock = new Object();
    private volatile long held;
    private final Map<MemoryAccount, Long> heldOf = new HashMap<>(2);
    private volatile @Nullable LoopWatch watch;
    private volatile @Nullable ChannelHandlerContext context;
    private volatile boolean cut;
    private boolean isRegistered;
    private boolean ended;

    private boolean http1;
    private @Nullable StrictRequestDecoder decoder;
    private @Nullable StreamGuard streams;
    private boolean readWanted;

    /** Read, but not yet handled: other connections come first. */
    private @Nullable ByteBuf postponed;

    private boolean suspended;
    private long suspendedBytes;

    /** Whether a request of this connection has been answered with success. */
    private volatile boolean served;

    /** Since when the client keeps us waiting, in ticks; 0 while it does not. */
    private volatile int waitingSince;

    private volatile boolean busy;
    private volatile int lastUse;

    /** When bytes came from the client last, or went to it, in ticks. */
    private volatile int lastMove;

    private long takenSoFar;

    private boolean inHead;
    private int headSince;
    private long headBytes;
    private long headHeld;
    private boolean headWaits;
    private int since;

    /** The start of a head that is not decoded yet; with the lines in it and how far they have been counted. */
    private @Nullable ByteBuf start;

    private int startScanned;
    private int startLines;
    private int startLineEnd;
    private MemoryAccount headAccount;

    private boolean inBody;
    private int bodySince;
    private long bodyBytes;

    private int unanswered;
    private boolean answering;
    private int readBytes;
    private boolean measuring;
    private long measured;

    private long written;
    private int answerSince;
    private long takenBefore;

    /** @param registered called once, on the event loop of the connection, as soon as that takes care of it */
    ConnectionGuard(Channel channel, Connections connections, Runnable registered) {
        this.channel = channel;
        this.registered = registered;
        this.connections = connections;
        this.headAccount = connections.accounts().newcomers();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        LoopWatch own = connections.watchOf(channel.eventLoop());
        this.context = context;
        watch = own;
        lastUse = own.now();
        own.add(this);
        registered.run();
        isRegistered = true;
    }

    /** Ends the wait for an event loop that never took care of the connection; called when that is closed, on the loop. */
    void closed() {
        if (!isRegistered) {
            registered.run();
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        end();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        end();
        context.fireChannelInactive();
    }

    private void end() {
        connections.remove(this);
        LoopWatch own = watch;
        if (own != null) {
            own.remove(this);
        }
        if (streams != null) {
            streams.end();
        }
        giveBackHead();
        if (postponed != null) {
            postponed.release();
            postponed = null;
        }
        if (start != null) {
            start.release();
            start = null;
        }
        leave();
    }

    // What comes in.

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!(message instanceof ByteBuf bytes)) {
            context.fireChannelRead(message);
            return;
        }
        // Netty reads on, whether asked or not, once the client has closed its side.
        resume();
        if (cut) {
            bytes.release();
            return;
        }
        if (!served && streams == null && !inHead && !inBody) {
            gather(context, bytes);
        } else {
            readInTurn(context, bytes);
        }
    }

    /**
     * Keeps the start of a newcomer's request as it is until its head is complete, for what the decoder makes of it takes
     * many times its bytes. A head that is too long for that takes memory from the account before it is decoded.
     */
    private void gather(ChannelHandlerContext context, ByteBuf bytes) {
        ByteBuf head = start;
        if (head == null) {
            start = bytes;
            startLines = 0;
            startLineEnd = 0;
            startScanned = 0;
            headSince = now();
            channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        } else {
            try {
                head.writeBytes(bytes);
            } finally {
                bytes.release();
            }
        }
        lastMove = now();
        readOnWithStart(context);
    }

    private void readOnWithStart(ChannelHandlerContext context) {
        ByteBuf head = start;
        if (head == null) {
            return;
        }
        int size = head.readableBytes();
        if (!isStartComplete(head)) {
            if (size <= MOST_GATHERED) {
                return;
            }
            holdHead(size, startLines);
            if (cut || headWaits) {
                return;
            }
        }
        start = null;
        headWaits = false;
        since = headSince;
        readInTurn(context, head);
    }

    /** Whether an empty line has come; counts the lines too. */
    private boolean isStartComplete(ByteBuf head) {
        for (int i = startScanned; i < head.readableBytes(); i++) {
            if (head.getByte(head.readerIndex() + i) == '\n') {
                startLines++;
                int before = i - startLineEnd;
                startLineEnd = i;
                if (startLines > 1 && before <= 2) {
                    return true;
                }
            }
        }
        startScanned = head.readableBytes();
        return false;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        ByteBuf head = start;
        if (head != null && event == ChannelInputShutdownEvent.INSTANCE) {
            // Nothing more will come; what there is decides how the connection ends.
            start = null;
            headWaits = false;
            read(context, head);
        }
        context.fireUserEventTriggered(event);
    }

    private void readInTurn(ChannelHandlerContext context, ByteBuf bytes) {
        LoopWatch own = watch;
        if (!served && own != null && !own.turns().take(this)) {
            postponed = bytes;
            stopReading();
            return;
        }
        read(context, bytes);
    }

    /** Reads on, in a later turn than the one in which the bytes arrived. */
    void resume() {
        ByteBuf bytes = postponed;
        ChannelHandlerContext own = context;
        if (bytes == null || own == null) {
            return;
        }
        postponed = null;
        if (cut) {
            bytes.release();
            return;
        }
        read(own, bytes);
        own.fireChannelReadComplete();
        readOn();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (postponed == null && start == null) {
            context.fireChannelReadComplete();
        }
    }

    private void read(ChannelHandlerContext context, ByteBuf bytes) {
        while (!http1 && streams == null) {
            // Slowly at first, so that what comes after our handlers are in place is all that a request has.
            int count = inHead ? 1 : Math.min(TELLING_BYTES, bytes.readableBytes());
            if (count >= bytes.readableBytes()) {
                pass(context, bytes);
                return;
            }
            pass(context, bytes.readRetainedSlice(count));
            if (cut || !channel.isOpen()) {
                bytes.release();
                return;
            }
        }
        pass(context, bytes);
    }

    private void pass(ChannelHandlerContext context, ByteBuf bytes) {
        int count = bytes.readableBytes();
        lastMove = now();
        readBytes = count;
        measuring = count > ALLOWANCE;
        measured = 0;
        if (streams != null) {
            streams.received(count);
        } else if (inBody) {
            bodyBytes += count;
        } else if (!inHead) {
            inHead = true;
            headSince = since == 0 ? now() : since;
            since = 0;
            headBytes = count;
        } else {
            headBytes += count;
        }
        context.fireChannelRead(bytes);
        if (!http1 && streams == null) {
            install(context);
        }
        if (streams == null && inHead) {
            holdHead();
        } else if (streams != null) {
            streams.hold();
        }
    }

    private void install(ChannelHandlerContext context) {
        if (context.pipeline().get("httpEncoder") != null) {
            http1 = true;
            decoder = context.pipeline().get(StrictRequestDecoder.class);
            context.pipeline().addAfter("httpEncoder", RequestGuard.NAME, new RequestGuard(this));
        } else {
            watchStreams(context);
        }
    }

    /** Has the streams guarded too, if this has become a connection of HTTP/2. */
    void watchStreams(ChannelHandlerContext context) {
        Http2ConnectionHandler handler = context.pipeline().get(Http2ConnectionHandler.class);
        if (handler != null && streams == null) {
            giveBackHead();
            inHead = false;
            inBody = false;
            channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, false);
            streams = new StreamGuard(this, handler, connections);
        }
    }

    /** The head of a request is complete; it is held until the request is answered. */
    void headComplete(long size) {
        unanswered++;
        busy = true;
        lastUse = now();
        inHead = false;
        inBody = true;
        bodySince = lastUse;
        bodyBytes = 0;
        measured += size;
    }

    /** So much of a body came; only called while {@link #isMeasuring}. */
    void measured(int bytes) {
        measured += bytes;
    }

    /** Whether a read is large enough to hide the start of another head behind the end of a request. */
    boolean isMeasuring() {
        return measuring;
    }

    void bodyComplete() {
        inBody = false;
        long rest = measuring ? readBytes - measured : 0;
        if (rest > ALLOWANCE / 2) {
            inHead = true;
            headSince = now();
            headBytes = rest;
        }
    }

    void answerBegun() {
        answering = true;
    }

    void answered(boolean successfully) {
        answering = false;
        unanswered = Math.max(0, unanswered - 1);
        served |= successfully;
        if (unanswered == 0) {
            busy = false;
            lastUse = now();
            if (!inHead) {
                giveBackHead();
            }
        }
    }

    /** Takes what the head has grown to; while there is none for a newcomer, nothing more is read from it. */
    private void holdHead() {
        holdHead(headBytes, decoder == null ? 0 : decoder.fields());
    }

    private void holdHead(long size, int fields) {
        long needed = HEAD_FACTOR * size + (long) HeaderFields.COST * fields - ALLOWANCE;
        headWaits = false;
        if (needed <= headHeld) {
            return;
        }
        if (headHeld == 0) {
            headAccount = served
                    ? connections.accounts().incoming()
                    : connections.accounts().newcomers();
        }
        long more = (needed - headHeld + STEP - 1) / STEP * STEP;
        if (take(headAccount, more, served ? MOST_SHED : ownShed())) {
            headHeld += more;
        } else if (!cut && (start != null ? size <= 2 * MOST_GATHERED : needed - headHeld <= ALLOWANCE)) {
            headWaits = true;
            stopReading();
        } else {
            refuse(FULL, Cutoff.HEAD_MEMORY);
        }
    }

    /** Newcomers make room for each other slowly: those that are cut off come back. */
    private int ownShed() {
        LoopWatch own = watch;
        return own != null && own.mayShed() ? 1 : 0;
    }

    private void giveBackHead() {
        if (headHeld > 0) {
            giveBack(headAccount, headHeld);
        }
        headHeld = 0;
        headBytes = 0;
    }

    // What goes out.

    @Override
    public void read(ChannelHandlerContext context) {
        if (mayRead()) {
            context.read();
        } else {
            readWanted = true;
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (channel.isWritable()) {
            readOn();
        } else {
            stopReading();
        }
        context.fireChannelWritabilityChanged();
    }

    private boolean mayRead() {
        return postponed == null && !headWaits && !suspended && channel.isWritable();
    }

    /**
     * Has Netty's channel ask before it reads again. While it reads by itself it keeps its interest in the socket until
     * that is switched off; switched on again it asks {@link #read}, which says no for now.
     */
    private void stopReading() {
        if (channel.config().isAutoRead()) {
            channel.config().setAutoRead(false);
            channel.config().setAutoRead(true);
        }
    }

    private void readOn() {
        ChannelHandlerContext own = context;
        if (own != null && readWanted && mayRead()) {
            readWanted = false;
            own.read();
        }
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // the promise tells
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        written += length(message);
        context.write(message, promise);
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

    private long pending() {
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        return buffer == null ? 0 : buffer.totalPendingWriteBytes();
    }

    // Deadlines.

    /** Called twenty times a second. */
    void look(int now) {
        ConnectionLimits limits = connections.limits();
        long pending = pending();
        if (written - pending != takenSoFar) {
            takenSoFar = written - pending;
            lastMove = now;
        }
        if (pending == 0) {
            answerSince = 0;
        } else if (answerSince == 0) {
            answerSince = now;
            takenBefore = written - pending;
        } else if (isTooSlow(now - answerSince, written - pending - takenBefore)) {
            cut(Cutoff.SLOW_ANSWER);
            return;
        }
        if (streams != null) {
            streams.look(now);
        } else if (inHead || start != null) {
            if (now - headSince > ticks(limits.headTimeout().toMillis())) {
                refuse(TIMEOUT, Cutoff.HEAD_TIMEOUT);
                return;
            }
            if (headWaits) {
                waitOn();
            }
        } else if (inBody) {
            if (!channel.config().isAutoRead() || readWanted || postponed != null) {
                // It is we who do not read.
                bodySince = now;
                bodyBytes = 0;
            } else if (isTooSlow(now - bodySince, bodyBytes)) {
                refuse(TIMEOUT, Cutoff.SLOW_BODY);
                return;
            }
        }
        waitingSince = waitedSince();
    }

    /** Asks once more for the memory that a head waits for. */
    private void waitOn() {
        ChannelHandlerContext own = context;
        if (own != null && start != null) {
            readOnWithStart(own);
        } else {
            holdHead();
        }
        readOn();
    }

    private int waitedSince() {
        if (streams != null) {
            return streams.waitingSince() == 0 ? answerSince : streams.waitingSince();
        }
        if (inHead || start != null) {
            return headSince;
        }
        return inBody ? bodySince : answerSince;
    }

    /** Whether bytes moved more slowly than the least rate, once the time of grace is over. */
    boolean isTooSlow(int ticks, long bytes) {
        ConnectionLimits limits = connections.limits();
        return ticks > ticks(limits.transferGrace().toMillis())
                && bytes * LoopWatch.TICKS_PER_SECOND < (long) limits.transferRate() * ticks;
    }

    static long ticks(long millis) {
        return millis * LoopWatch.TICKS_PER_SECOND / 1000;
    }

    /** In ticks; any thread. */
    int now() {
        LoopWatch own = watch;
        return own == null ? 0 : own.now();
    }

    /** Whether the account can be filled by this client's waiting; any thread. */
    boolean keepsUsWaiting() {
        int since = waitingSince;
        int now = now();
        return since != 0
                && (now - since >= PATIENCE_TICKS || (now - since >= STALL_TICKS && now - lastMove >= STALL_TICKS));
    }

    /** The lower, the sooner this connection goes when there are too many; any thread. */
    int usefulness() {
        if (watch == null || (busy && !keepsUsWaiting())) {
            return Integer.MAX_VALUE;
        }
        // Those that were used last come last.
        return served ? Integer.MAX_VALUE / 2 + lastUse : lastUse;
    }

    Channel channel() {
        return channel;
    }

    /** Whether the client is known to be of use, so that its bytes are read as they arrive. */
    boolean isServed() {
        return served;
    }

    void served() {
        served = true;
    }

    void busy(boolean now) {
        busy = now;
        lastUse = now();
    }

    // The account.

    /** Any thread. */
    long held() {
        return held;
    }

    /** Whether this connection holds so much that it should be answered before it asks for more. */
    boolean holdsItsShare() {
        return held > connections.accounts().incoming().limit() / SHARES;
    }

    @Override
    public boolean take(MemoryAccount account, long bytes) {
        return take(account, bytes, MOST_SHED);
    }

    private boolean take(MemoryAccount account, long bytes, int mostShed) {
        boolean taken = account.take(bytes);
        for (int i = 0; !taken && i < mostShed && !account.isBeingFreed() && connections.shed(this); i++) {
            taken = account.take(bytes);
        }
        if (!taken) {
            return false;
        }
        synchronized (lock) {
            if (cut) {
                account.giveBack(bytes);
                return false;
            }
            held += bytes;
            heldOf.merge(account, bytes, Long::sum);
        }
        if (mostShed > 0 && account.isScarce() && !account.isBeingFreed()) {
            // Before it is full, so that others find room at once.
            connections.shed(this);
        }
        return true;
    }

    @Override
    public void giveBack(MemoryAccount account, long bytes) {
        synchronized (lock) {
            if (!cut) {
                held -= bytes;
                heldOf.merge(account, -bytes, Long::sum);
                account.giveBack(bytes);
            }
        }
    }

    /** What a connection held that is about to end is free at once, or more would end than need to. */
    private boolean giveBackAll() {
        synchronized (lock) {
            if (cut) {
                return false;
            }
            cut = true;
            if (ended) {
                heldOf.forEach(MemoryAccount::giveBack);
                heldOf.clear();
            } else {
                heldOf.forEach(MemoryAccount::leave);
            }
            held = 0;
            return true;
        }
    }

    private void leave() {
        synchronized (lock) {
            if (cut && !ended) {
                heldOf.forEach(MemoryAccount::left);
                heldOf.clear();
            }
            ended = true;
        }
    }

    @Override
    public Accounts accounts() {
        return connections.accounts();
    }

    /**
     * Reads nothing more until {@link #resumeReads}, for a request that is to wait.
     *
     * @return whether the account has room for what has been read already
     */
    boolean suspendReads() {
        long read = Math.max(0, readBytes - ALLOWANCE);
        if (read > 0 && !take(connections.accounts().incoming(), read)) {
            return false;
        }
        suspendedBytes = read;
        suspended = true;
        stopReading();
        return true;
    }

    void resumeReads() {
        if (suspended) {
            suspended = false;
            giveBack(connections.accounts().incoming(), suspendedBytes);
            readOn();
        }
    }

    // The end.

    /** Ends the connection with whatever is still to be sent; any thread. */
    @SuppressWarnings("FutureReturnValueIgnored")
    void cut(Cutoff cause) {
        if (giveBackAll()) {
            connections.note(cause);
            ChannelHandlerContext own = context;
            if (own == null) {
                channel.close();
            } else {
                // From here on, for other handlers would wait for a client that takes nothing.
                own.close();
            }
        }
    }

    /** Tells a client of HTTP/1.1 why before its connection ends, unless another answer has begun. */
    @SuppressWarnings("FutureReturnValueIgnored")
    private void refuse(ByteBuf answer, Cutoff cause) {
        ChannelHandlerContext own = context;
        if (own == null || !(http1 || isPlainStart()) || answering || unanswered != (inBody ? 1 : 0) || pending() > 0) {
            cut(cause);
            return;
        }
        if (!giveBackAll()) {
            return;
        }
        connections.note(cause);
        own.writeAndFlush(answer.retainedDuplicate()).addListener(ChannelFutureListener.CLOSE);
    }

    /** Whether what has been gathered cannot become HTTP/2, so that an answer in text is understood. */
    private boolean isPlainStart() {
        ByteBuf head = start;
        if (head == null) {
            return false;
        }
        for (int i = 0; i < HTTP2_START.length && i < head.readableBytes(); i++) {
            if (head.getByte(head.readerIndex() + i) != HTTP2_START[i]) {
                return true;
            }
        }
        return false;
    }

    private static ByteBuf answer(String status, String code, String message) {
        String body = "{\"error\":{\"code\":\"" + code + "\",\"message\":\"" + message + "\"}}";
        return Unpooled.unreleasableBuffer(Unpooled.copiedBuffer(
                "HTTP/1.1 " + status
                        + "\r\nContent-Type: application/json; charset=utf-8\r\nCache-Control: no-store\r\n"
                        + "Connection: close\r\nContent-Length: " + body.length() + "\r\n\r\n" + body,
                StandardCharsets.US_ASCII));
    }
}
