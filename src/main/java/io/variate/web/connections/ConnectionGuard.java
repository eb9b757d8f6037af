package io.variate.web.connections;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.util.AttributeKey;
import io.variate.web.decoding.HeaderFields;
import io.variate.web.decoding.StrictRequestDecoder;
import io.vertx.core.http.HttpServerOptions;
import org.jspecify.annotations.Nullable;

/**
 * Guards one connection, directly behind its socket: charges the memory that its client occupies, enforces deadlines, and
 * stops reading while the client does not read its responses.
 *
 * <p>Each connection has a free allowance of memory ({@link #ALLOWANCE}). Only memory beyond it is charged to the account, so
 * ordinary requests never wait for the account. Runs on the event loop of its connection, except where noted.
 */
final class ConnectionGuard extends ChannelDuplexHandler implements Holder {
    static final AttributeKey<ConnectionGuard> KEY = AttributeKey.valueOf(ConnectionGuard.class, "guard");
    static final String NAME = "guard";

    /** Bytes of a connection that are not charged to the account. */
    static final int ALLOWANCE = 8 * 1024;

    /** Bytes are charged to the account in steps of this size, so that slow input does not charge each byte. */
    private static final int STEP = 8 * 1024;

    /** Memory per byte of a head: the byte, and the text decoded from it. */
    private static final int HEAD_FACTOR = 2;

    /** A connection that makes slow progress counts as stalled after so long. */
    private static final int SLOW_TICKS = LoopWatch.TICKS_PER_SECOND;

    /** A connection without any progress counts as stalled after so long. */
    private static final int STALL_TICKS = 2;

    /** A connection that holds more than this fraction of the account gets no further streams and nothing from the reserve. */
    private static final int SHARES = 32;

    /** Most connections that are evicted for one charge. */
    private static final int MAX_EVICTIONS = 8;

    /** Bytes of an unfinished head that are not charged. */
    private static final int FREE_HEAD_BYTES = ALLOWANCE / 2;

    /** HTTP/1.1 and HTTP/2 differ within so many bytes. */
    private static final int PROTOCOL_BYTES = 3;

    /** Index of this guard in {@link Connections}, which alone changes it. */
    int slot = -1;

    /** Index of this guard in {@link LoopWatch}, which alone changes it. */
    int place = -1;

    private final Channel channel;
    private final Runnable registered;
    private final Connections connections;
    private final HttpServerOptions options;
    private final HeldMemory memory = new HeldMemory();
    private final OutboundFlow outbound;
    private volatile @Nullable LoopWatch watch;
    private volatile @Nullable ChannelHandlerContext context;
    private boolean isRegistered;

    private boolean http1;
    private @Nullable StrictRequestDecoder decoder;
    private @Nullable StreamGuard streams;
    private boolean readWanted;

    /** Bytes read but not handled, because it is the turn of other connections. */
    private @Nullable ByteBuf postponed;

    private boolean suspended;
    private long suspendedBytes;

    /** Whether a request of this connection has succeeded. */
    private volatile boolean served;

    /** When the node began to wait for the client, in ticks; 0 while it does not wait. */
    private volatile int waitingSince;

    private volatile boolean busy;
    private volatile int lastUse;

    /** When bytes were last received from the client or sent to it, in ticks. */
    private volatile int lastMove;

    private boolean inHead;
    private int headSince;
    private long headBytes;
    private long headCharged;
    private MemoryAccount headAccount;

    /** Whether the rest of the head is not read before the account has memory for it. */
    private boolean headBlocked;

    /** A head that is not decoded yet; null once the decoder has it. */
    private @Nullable UnfinishedHead unfinished;

    /** When the unfinished head that the decoder gets next began; 0 if there was none. */
    private int unfinishedSince;

    private boolean inBody;
    private int bodySince;
    private long bodyBytes;

    private int unanswered;
    private boolean answering;
    private int readBytes;
    private boolean measuring;
    private long measured;

    /**
     * A guard for one connection.
     *
     * @param options the limits of a request head
     * @param registered called once, on the event loop of the connection, when the loop starts to serve it
     */
    ConnectionGuard(Channel channel, Connections connections, HttpServerOptions options, Runnable registered) {
        this.channel = channel;
        this.outbound = new OutboundFlow(channel);
        this.registered = registered;
        this.connections = connections;
        this.options = options;
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

    /** The connection is closed, possibly before its event loop served it. Called on the loop. */
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
        releaseHead();
        if (postponed != null) {
            postponed.release();
            postponed = null;
        }
        if (unfinished != null) {
            unfinished.release();
            unfinished = null;
        }
        memory.close();
    }

    // Inbound.

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!(message instanceof ByteBuf bytes)) {
            context.fireChannelRead(message);
            return;
        }
        // Once the client has closed its side, Netty reads even while reading is stopped.
        resume();
        if (memory.isReclaimed()) {
            bytes.release();
            return;
        }
        if (!served && mayStartRequest()) {
            gather(context, bytes);
        } else {
            readInTurn(context, bytes);
        }
    }

    /** Whether the next bytes start a request; the decoder may hold the start of a pipelined one already. */
    private boolean mayStartRequest() {
        StrictRequestDecoder own = decoder;
        return streams == null && !inHead && !inBody && (own == null ? !http1 : own.isBetweenRequests());
    }

    /**
     * Keeps the head of a new client's request undecoded until it is complete: decoding multiplies its size, and the decoder
     * searches all bytes of a line again for each piece. A longer head is charged to the account as it grows. The decoder gets
     * an incomplete head only to reject it.
     */
    private void gather(ChannelHandlerContext context, ByteBuf bytes) {
        if (unfinished == null) {
            unfinished = new UnfinishedHead(bytes);
            headSince = now();
            channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        } else {
            unfinished.append(bytes);
        }
        lastMove = now();
        decodeGathered(context);
    }

    private void decodeGathered(ChannelHandlerContext context) {
        UnfinishedHead head = unfinished;
        if (head == null) {
            return;
        }
        if (!head.isComplete()) {
            int size = head.size();
            if (size <= FREE_HEAD_BYTES) {
                return;
            }
            chargeHead(size, head.lines());
            if (memory.isReclaimed() || headBlocked || !head.exceeds(options)) {
                return;
            }
        }
        unfinished = null;
        headBlocked = false;
        unfinishedSince = headSince;
        readInTurn(context, head.bytes());
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            inputShutdown(context);
        }
        context.fireUserEventTriggered(event);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the close has no further use
    private void inputShutdown(ChannelHandlerContext context) {
        resume();
        UnfinishedHead head = unfinished;
        if (head != null) {
            // The client sends nothing more, so the decoder gets the incomplete head and rejects it.
            unfinished = null;
            headBlocked = false;
            read(context, head.bytes());
        }
        if (!http1 && streams == null) {
            // An incomplete HTTP/2 preface, which no decoder gets.
            context.close();
        }
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

    /** Handles postponed bytes, in a later turn than the one in which they arrived. */
    void resume() {
        ByteBuf bytes = postponed;
        ChannelHandlerContext own = context;
        if (bytes == null || own == null) {
            return;
        }
        postponed = null;
        if (memory.isReclaimed()) {
            bytes.release();
            return;
        }
        read(own, bytes);
        own.fireChannelReadComplete();
        readOn();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (postponed == null && unfinished == null) {
            context.fireChannelReadComplete();
        }
    }

    private void read(ChannelHandlerContext context, ByteBuf bytes) {
        while (!http1 && streams == null) {
            // In small pieces until the protocol is known: our handlers must be installed before a request is complete.
            int count = inHead ? 1 : Math.min(PROTOCOL_BYTES, bytes.readableBytes());
            if (count >= bytes.readableBytes()) {
                pass(context, bytes);
                return;
            }
            pass(context, bytes.readRetainedSlice(count));
            if (memory.isReclaimed() || !channel.isOpen()) {
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
            headSince = unfinishedSince == 0 ? now() : unfinishedSince;
            unfinishedSince = 0;
            headBytes = count;
        } else {
            headBytes += count;
        }
        context.fireChannelRead(bytes);
        if (!http1 && streams == null) {
            install(context);
        }
        if (streams == null && inHead) {
            chargeHead();
        } else if (streams != null) {
            streams.chargeFrame();
        }
    }

    private void install(ChannelHandlerContext context) {
        if (context.pipeline().get("httpEncoder") != null) {
            http1 = true;
            decoder = context.pipeline().get(StrictRequestDecoder.class);
            context.pipeline().addAfter("httpEncoder", RequestGuard.NAME, new RequestGuard(this));
        } else {
            guardStreams(context);
        }
    }

    /** Guards the streams, if this has become an HTTP/2 connection. */
    void guardStreams(ChannelHandlerContext context) {
        Http2ConnectionHandler handler = context.pipeline().get(Http2ConnectionHandler.class);
        if (handler != null && streams == null) {
            releaseHead();
            inHead = false;
            inBody = false;
            channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, false);
            streams = new StreamGuard(this, handler, connections);
        }
    }

    /** The head of a request is complete; its memory stays charged until the request is answered. */
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

    /** Bytes of a body arrived; called only while {@link #isMeasuring}. */
    void measured(int bytes) {
        measured += bytes;
    }

    /** Whether the current read is large enough to contain the start of another head behind the end of a request. */
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
                releaseHead();
            }
        }
    }

    /** Charges the growth of the head. While the account has no memory for a new client, its head is not read on. */
    private void chargeHead() {
        chargeHead(headBytes, decoder == null ? 0 : decoder.fields());
    }

    private void chargeHead(long size, int fields) {
        long needed = HEAD_FACTOR * size + (long) HeaderFields.COST * fields - ALLOWANCE;
        boolean wasBlocked = headBlocked;
        headBlocked = false;
        if (needed <= headCharged) {
            return;
        }
        if (headCharged == 0) {
            headAccount = served
                    ? connections.accounts().incoming()
                    : connections.accounts().newcomers();
        }
        long more = (needed - headCharged + STEP - 1) / STEP * STEP;
        if (take(headAccount, more, served ? MAX_EVICTIONS : newcomerEvictions())) {
            headCharged += more;
        } else if (!memory.isReclaimed() && mayWaitForMemory(size, needed)) {
            headBlocked = true;
            if (!wasBlocked) {
                stopReading();
            }
        } else {
            reject(FixedResponse.NO_MEMORY, Cutoff.HEAD_MEMORY);
        }
    }

    private boolean mayWaitForMemory(long size, long needed) {
        return needed - headCharged <= ALLOWANCE || (unfinished != null && size <= 2 * FREE_HEAD_BYTES);
    }

    /** Evictions on behalf of a new client are rare, because the evicted clients reconnect. */
    private int newcomerEvictions() {
        LoopWatch own = watch;
        return own != null && own.mayEvict() ? 1 : 0;
    }

    private void releaseHead() {
        if (headCharged > 0) {
            release(headAccount, headCharged);
        }
        headCharged = 0;
        headBytes = 0;
    }

    // Outbound.

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
        return postponed == null && !headBlocked && !suspended && channel.isWritable();
    }

    /**
     * Makes Netty call {@link #read} before it reads again. While auto-read stays on, the channel keeps polling the socket;
     * switching it off ends that, and switching it on again calls {@link #read}, which then holds the read back.
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
    @SuppressWarnings("FutureReturnValueIgnored") // the promise reports failures
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        outbound.written(message);
        context.write(message, promise);
    }

    // Deadlines.

    /** Checks the deadlines. Called in each tick. */
    void checkNow(int now) {
        if (outbound.update(now)) {
            lastMove = now;
        }
        int pendingSince = outbound.pendingSince();
        if (pendingSince != 0 && isTooSlow(now - pendingSince, outbound.flushedSincePending())) {
            cut(Cutoff.SLOW_ANSWER);
            return;
        }
        if (streams != null) {
            streams.checkNow(now);
        } else if (isReadingHead()) {
            if (now - headSince > ticks(connections.limits().headTimeout().toMillis())) {
                reject(FixedResponse.TIMEOUT, Cutoff.HEAD_TIMEOUT);
                return;
            }
            if (headBlocked) {
                retryBlockedHead();
            }
        } else if (inBody) {
            if (!channel.config().isAutoRead() || readWanted || postponed != null) {
                // The node does not read, so the client is not slow.
                bodySince = now;
                bodyBytes = 0;
            } else if (isTooSlow(now - bodySince, bodyBytes)) {
                reject(FixedResponse.TIMEOUT, Cutoff.SLOW_BODY);
                return;
            }
        }
        waitingSince = startOfWait();
    }

    private boolean isReadingHead() {
        return inHead || unfinished != null;
    }

    /** Charges a blocked head again. */
    private void retryBlockedHead() {
        ChannelHandlerContext own = context;
        if (own != null && unfinished != null) {
            decodeGathered(own);
        } else {
            chargeHead();
        }
        readOn();
    }

    private int startOfWait() {
        if (streams != null) {
            return streams.waitingSince() == 0 ? outbound.pendingSince() : streams.waitingSince();
        }
        if (isReadingHead()) {
            return headSince;
        }
        return inBody ? bodySince : outbound.pendingSince();
    }

    /** Whether a transfer is below the minimum rate after its grace period. */
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

    /** Whether the client is slow or idle in the middle of a transfer, so that its connection may be evicted; any thread. */
    boolean isStalled() {
        int since = waitingSince;
        int now = now();
        return since != 0
                && (now - since >= SLOW_TICKS || (now - since >= STALL_TICKS && now - lastMove >= STALL_TICKS));
    }

    /** When there are too many connections, those with the lowest value are evicted first; any thread. */
    int usefulness() {
        if (watch == null || (busy && !isStalled())) {
            return Integer.MAX_VALUE;
        }
        // Least recently used first.
        return served ? Integer.MAX_VALUE / 2 + lastUse : lastUse;
    }

    Channel channel() {
        return channel;
    }

    /** Whether a request of the client has succeeded, so that its bytes are read as they arrive; any thread. */
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

    /** Bytes charged to all accounts; any thread. */
    long held() {
        return memory.total();
    }

    /** Whether this connection holds more than its share, so that it gets no more streams. */
    boolean exceedsShare() {
        return exceedsShare(memory.total());
    }

    private boolean exceedsShare(long bytes) {
        return bytes > connections.accounts().incoming().limit() / SHARES;
    }

    @Override
    public boolean take(MemoryAccount account, long bytes) {
        return take(account, bytes, MAX_EVICTIONS);
    }

    private boolean take(MemoryAccount account, long bytes, int maxEvictions) {
        boolean reserved = mayTakeReserve(bytes);
        boolean taken = take(account, bytes, reserved);
        for (int i = 0; !taken && i < maxEvictions && !account.isReclaiming() && connections.evictHeaviest(this); i++) {
            taken = take(account, bytes, reserved);
        }
        if (!taken || !memory.add(account, bytes)) {
            return false;
        }
        if (maxEvictions > 0 && account.isNearlyFull() && !account.isReclaiming()) {
            // Early, so that other clients need not wait for the eviction.
            connections.evictHeaviest(this);
        }
        return true;
    }

    /** Whether this connection is light: a request of it has succeeded, and it stays within its share. */
    private boolean mayTakeReserve(long bytes) {
        return served && !exceedsShare(memory.total() + bytes);
    }

    private static boolean take(MemoryAccount account, long bytes, boolean reserved) {
        return reserved ? account.takeReserved(bytes) : account.take(bytes);
    }

    @Override
    public void release(MemoryAccount account, long bytes) {
        memory.release(account, bytes);
    }

    @Override
    public Accounts accounts() {
        return connections.accounts();
    }

    /**
     * Stops reading until {@link #resumeReads}, for a request that must wait.
     *
     * @return false if the account has no memory for the bytes already read
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
            release(connections.accounts().incoming(), suspendedBytes);
            readOn();
        }
    }

    // Abort.

    /** Aborts the connection and drops pending output; any thread. */
    @SuppressWarnings("FutureReturnValueIgnored")
    void cut(Cutoff cause) {
        if (memory.reclaim()) {
            connections.countCutoff(cause);
            ChannelHandlerContext own = context;
            if (own == null) {
                channel.close();
            } else {
                // From this handler on, because others would wait for a client that does not read.
                own.close();
            }
        }
    }

    /** Sends an HTTP/1.1 client the reason before the connection ends, unless another response has begun. */
    @SuppressWarnings("FutureReturnValueIgnored")
    private void reject(ByteBuf response, Cutoff cause) {
        ChannelHandlerContext own = context;
        if (own == null
                || !(http1 || (unfinished != null && unfinished.isHttp1()))
                || answering
                || unanswered != (inBody ? 1 : 0)
                || outbound.pending() > 0) {
            cut(cause);
            return;
        }
        if (!memory.reclaim()) {
            return;
        }
        connections.countCutoff(cause);
        own.writeAndFlush(response.retainedDuplicate()).addListener(ChannelFutureListener.CLOSE);
    }
}
