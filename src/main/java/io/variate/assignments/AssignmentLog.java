package io.variate.assignments;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.variate.assignments.Ledger.Loss;
import io.variate.assignments.spool.Append;
import io.variate.assignments.spool.Entry;
import io.variate.assignments.spool.Losses;
import io.variate.assignments.spool.Opening;
import io.variate.assignments.spool.Recovery;
import io.variate.assignments.spool.Spool;
import io.variate.assignments.spool.SpoolSettings;
import io.variate.assignments.spool.SpoolStatus;
import io.variate.assignments.spool.Sync;
import io.variate.config.Settings;
import io.variate.observability.MetricNames;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The events of this node that are not delivered yet, on its disk, and the books about all there ever were.
 *
 * <p>Goes on without its spool when that cannot be opened: every event is then counted as lost, and {@link #open} may be
 * called again. {@link #offer} and counting are for any thread and never block (with {@code assignments.fsync: always}
 * an append waits for the disk); the rest works on files.
 */
public final class AssignmentLog {
    private static final Logger log = LoggerFactory.getLogger(AssignmentLog.class);
    private static final Losses NO_LOSSES = new Losses(0, 0, 0);

    /** What is counted besides the records of the spool, with its place in the file: never to be given to another. */
    private enum Count {
        UNTRACKED(0),
        DEDUPLICATED(1),
        EXPOSURES(2),
        SPOOL_FULL(3),
        SPOOL_BUSY(4),
        DISK_FAILED(5),
        TOO_LARGE(6),
        NO_SPOOL(7),
        STOPPED(8),
        RECEIVED(9);

        private final int place;

        Count(int place) {
            this.place = place;
        }
    }

    private final Settings settings;
    private final Clock clock;

    /** What was counted while there was no spool to count in. */
    private final AtomicLongArray unsaved = new AtomicLongArray(Count.values().length);

    private volatile @Nullable Spool spool;
    private volatile @Nullable String obstacle;
    private volatile boolean closed;

    /** Events that Kafka refused, as of the last commit; guarded by the spool. */
    private long refused;

    /** Held while the books are read, so that no reader sees an earlier state than the one before. */
    private final Object reading = new Object();

    /** The most of each that was told of; guarded by {@link #reading}. */
    private long evaluated;

    private long exposures;
    private long received;

    /** What the metrics show; null for what is so now. */
    private volatile @Nullable Standing observed;

    /** What {@link #check} has told of. */
    private Ledger told = new Ledger(0, 0, 0, 0, 0, 0, 0, Map.of());

    /** One for each node; registers its metrics. */
    public AssignmentLog(Settings settings, Clock clock, MeterRegistry metrics) {
        this.settings = settings;
        this.clock = clock;
        registerCounter(metrics, MetricNames.ASSIGNMENTS_EVALUATED, Ledger::evaluated);
        registerCounter(metrics, MetricNames.ASSIGNMENTS_EXPOSURES, Ledger::exposures);
        registerCounter(metrics, MetricNames.ASSIGNMENTS_RECEIVED, Ledger::received);
        registerCounter(metrics, MetricNames.ASSIGNMENTS_UNTRACKED, Ledger::untracked);
        registerCounter(metrics, MetricNames.ASSIGNMENTS_DEDUPLICATED, Ledger::deduplicated);
        registerCounter(metrics, MetricNames.ASSIGNMENTS_DELIVERED, Ledger::delivered);
        for (Loss loss : Loss.values()) {
            FunctionCounter.builder(MetricNames.ASSIGNMENTS_LOST, this, log -> log.shown()
                            .ledger()
                            .lost(loss))
                    .tag("cause", loss.label())
                    .register(metrics);
        }
        registerGauge(metrics, MetricNames.ASSIGNMENTS_SPOOLED, Lag::records);
        registerGauge(metrics, MetricNames.ASSIGNMENTS_SPOOLED_BYTES, Lag::bytes);
        registerGauge(metrics, MetricNames.ASSIGNMENTS_LAG, lag -> lag.age().toMillis() / 1000.0);
    }

    private void registerCounter(MeterRegistry metrics, String name, ToDoubleFunction<Ledger> number) {
        FunctionCounter.builder(
                        name, this, log -> number.applyAsDouble(log.shown().ledger()))
                .register(metrics);
    }

    private void registerGauge(MeterRegistry metrics, String name, ToDoubleFunction<Lag> number) {
        Gauge.builder(name, this, log -> number.applyAsDouble(log.shown().lag()))
                .register(metrics);
    }

    /**
     * Has all metrics show this one moment until the next call, so that they balance too. Without any call each shows the
     * moment when it is asked.
     */
    public void observe() {
        observed = standing();
    }

    private Standing shown() {
        Standing last = observed;
        return last == null ? standing() : last;
    }

    /** Opens the spool, unless it is open. Works on files: never on an event loop. */
    public synchronized void open() {
        if (spool != null || closed) {
            return;
        }
        Opening opening = Spool.open(spoolSettings());
        if (opening instanceof Opening.Opened opened) {
            report(opened.recovery());
            use(opened.spool());
        } else if (opening instanceof Opening.Unavailable unavailable) {
            if (!unavailable.message().equals(obstacle)) {
                log.error("no assignment can be kept: {}", unavailable.message());
            }
            obstacle = unavailable.message();
        }
    }

    private void use(Spool opened) {
        synchronized (reading) {
            synchronized (opened) {
                refused = refusedOf(opened.block());
            }
            save(opened);
            spool = opened;
            obstacle = null;
            told = ledger();
        }
    }

    /** Brings what was counted in memory to the spool. */
    private void save(Spool to) {
        for (Count count : Count.values()) {
            to.counters().add(count.place, unsaved.getAndSet(count.place, 0));
        }
    }

    private SpoolSettings spoolSettings() {
        Settings.Assignments own = settings.assignments();
        return new SpoolSettings(
                settings.node().dataDir().resolve("assignments"),
                own.segmentBytes(),
                own.maxBytes(),
                own.whenFull() == Settings.WhenFull.DROP_OLDEST
                        ? SpoolSettings.Overflow.OLDEST
                        : SpoolSettings.Overflow.NEWEST,
                sync(own.fsync()));
    }

    private static Sync sync(Settings.Fsync fsync) {
        if (fsync instanceof Settings.Fsync.Every every) {
            return new Sync.Every(every.interval());
        }
        return fsync instanceof Settings.Fsync.Always ? new Sync.Always() : new Sync.Never();
    }

    private static void report(Recovery recovery) {
        if (recovery.records() > 0) {
            log.info("{} events wait from an earlier run", recovery.records());
        }
        if (recovery.tornBytes() > 0) {
            log.warn("the assignment log had a torn end: {} bytes are cut off", recovery.tornBytes());
        }
        if (recovery.lost().total() > 0) {
            log.error(
                    "{} events of the assignment log are lost: {}",
                    recovery.lost().total(),
                    recovery.lost());
        }
        recovery.unreadable().forEach(file -> log.error("a file of the assignment log is set aside: {}", file));
        if (recovery.checkpointLost()) {
            log.warn("it is not known what was delivered: all events that are there will be once more");
        }
    }

    /**
     * Opens the spool if it is not open, and tells people of events that were lost since the last time. To be called
     * every few seconds. Works on files: never on an event loop.
     */
    public synchronized void check() {
        tell();
        open();
    }

    private void tell() {
        Standing standing = standing();
        Ledger now = standing.ledger();
        Map<Loss, Long> lost = new EnumMap<>(Loss.class);
        for (Loss cause : Loss.values()) {
            if (now.lost(cause) > told.lost(cause)) {
                lost.put(cause, now.lost(cause) - told.lost(cause));
            }
        }
        if (!lost.isEmpty()) {
            log.error("events are lost: {}{}", lost, standing.reason() == null ? "" : "; " + standing.reason());
        }
        told = now;
    }

    /** Appends an event, and counts it as lost by no other than the caller: see {@link #kept}. */
    Append offer(long time, byte[] key, byte[] value, int length) {
        Spool present = spool;
        try {
            return present == null ? Append.FAILED : present.append(time, key, value, 0, length);
        } catch (InternalError e) {
            // Of a page that the disk did not give; before the event has a number, or the spool would say TORN.
            return Append.FAILED;
        }
    }

    /**
     * Appends events of one key together: all of them or none. Events that are larger than a file of the spool together
     * are split, as few times as possible; the rest of the group is not tried once a part finds no place. Counts nothing:
     * see {@link #kept}.
     */
    void offer(long time, byte[] key, EventGroup group) {
        if (group.size() > 0) {
            offer(time, key, group, 0, group.size());
        }
    }

    private boolean offer(long time, byte[] key, EventGroup group, int from, int to) {
        Append outcome = offerAll(time, key, group, from, to);
        if (outcome == Append.TOO_LARGE && to - from > 1) {
            int middle = (from + to) >>> 1;
            if (offer(time, key, group, from, middle)) {
                return offer(time, key, group, middle, to);
            }
            group.settle(middle, to, group.outcome(middle - 1));
            return false;
        }
        group.settle(from, to, outcome);
        return outcome.isNumbered() || outcome == Append.TOO_LARGE;
    }

    private Append offerAll(long time, byte[] key, EventGroup group, int from, int to) {
        Spool present = spool;
        try {
            return present == null
                    ? Append.FAILED
                    : present.appendAll(time, key, group.values(), group.ends(), from, to);
        } catch (InternalError e) {
            return Append.FAILED;
        }
    }

    /**
     * Counts an event that the caller offered.
     *
     * @return whether it is kept, as durably as the settings demand
     */
    boolean kept(Append outcome) {
        switch (outcome) {
            case APPENDED -> {
                return true;
            }
            case FULL -> count(Count.SPOOL_FULL, 1);
            case NOT_READY -> count(Count.SPOOL_BUSY, 1);
            case TOO_LARGE -> count(Count.TOO_LARGE, 1);
            case FAILED -> count(spool == null ? Count.NO_SPOOL : Count.DISK_FAILED, 1);
            case CLOSED -> count(Count.STOPPED, 1);
            case UNFORCED, TORN -> {
                // Has a number, and is counted by the spool.
            }
        }
        return false;
    }

    void countUntracked() {
        count(Count.UNTRACKED, 1);
    }

    void countDeduplicated() {
        count(Count.DEDUPLICATED, 1);
    }

    /** Counts exposure events, before they are offered; a negative number takes back those that are refused. */
    void countExposures(int more) {
        if (more != 0) {
            count(Count.EXPOSURES, more);
        }
    }

    /** Counts an event that a client sent, before anything else is counted of it. */
    void countReceived() {
        count(Count.RECEIVED, 1);
    }

    /** Takes back {@link #countReceived} for an event that is not in the log, and that its sender keeps. */
    void countRefused() {
        count(Count.RECEIVED, -1);
    }

    private void count(Count what, long step) {
        Spool present = spool;
        if (present == null) {
            unsaved.getAndAdd(what.place, step);
        } else {
            present.counters().add(what.place, step);
        }
    }

    private long counted(Count what, @Nullable Spool present) {
        return unsaved.get(what.place)
                + (present == null ? 0 : present.counters().get(what.place));
    }

    /** The next events in order, once; none without a spool. */
    public List<Entry> poll(int most, long mostBytes) {
        Spool present = spool;
        return present == null ? List.of() : present.poll(most, mostBytes);
    }

    /**
     * Settles all events before a number.
     *
     * @param refusedMore how many of them Kafka refused for good
     */
    public void commit(long sequence, int refusedMore) {
        Spool present = spool;
        if (present == null || closed) {
            return;
        }
        synchronized (present) {
            long total = refused + refusedMore;
            present.commit(
                    sequence, ByteBuffer.allocate(Long.BYTES).putLong(total).array());
            refused = total;
        }
    }

    private static long refusedOf(byte[] block) {
        return block.length < Long.BYTES ? 0 : ByteBuffer.wrap(block).getLong();
    }

    /** The books of this node, from the first event of its data directory on. */
    public Ledger ledger() {
        return standing().ledger();
    }

    /** What waits for Kafka. */
    public Lag lag() {
        return standing().lag();
    }

    /** Where the log stands at one moment; waits while the log is read or settled. */
    public Standing standing() {
        synchronized (reading) {
            Spool present = spool;
            if (present == null) {
                String reason = obstacle == null ? "it is not open" : obstacle;
                return new Standing(ledger(null, null, 0), new Lag(0, 0, Duration.ZERO), State.DOWN, reason);
            }
            SpoolStatus status;
            long refusedThen;
            synchronized (present) {
                status = present.status();
                refusedThen = refused;
            }
            return new Standing(
                    ledger(present, status, refusedThen), lag(status), state(status.obstacle()), reason(status));
        }
    }

    private Ledger ledger(@Nullable Spool present, @Nullable SpoolStatus status, long refusedThen) {
        Map<Loss, Long> lost = new EnumMap<>(Loss.class);
        lost.put(Loss.SPOOL_FULL, counted(Count.SPOOL_FULL, present));
        lost.put(Loss.SPOOL_BUSY, counted(Count.SPOOL_BUSY, present));
        lost.put(Loss.DISK_FAILED, counted(Count.DISK_FAILED, present));
        lost.put(Loss.TOO_LARGE, counted(Count.TOO_LARGE, present));
        lost.put(Loss.NO_SPOOL, counted(Count.NO_SPOOL, present));
        lost.put(Loss.STOPPED, counted(Count.STOPPED, present));
        lost.put(Loss.REFUSED, refusedThen);
        Losses losses = status == null ? NO_LOSSES : status.losses();
        lost.put(Loss.DROPPED_OLDEST, losses.dropped());
        lost.put(Loss.DAMAGED, losses.damaged());
        lost.put(Loss.TORN, losses.torn());
        long gone = lost.values().stream().mapToLong(Long::longValue).sum();
        long spooled = status == null ? 0 : status.records();
        // The spool numbers every event: what is neither waiting nor lost has been delivered.
        long delivered = status == null ? 0 : status.next() - spooled - losses.total() - refusedThen;
        long untracked = counted(Count.UNTRACKED, present);
        long deduplicated = counted(Count.DEDUPLICATED, present);
        long all = untracked + deduplicated + delivered + spooled + gone;
        attribute(all, counted(Count.EXPOSURES, present), counted(Count.RECEIVED, present));
        return new Ledger(evaluated, exposures, received, untracked, deduplicated, delivered, spooled, lost);
    }

    /**
     * Tells where all that is booked comes from, by counters that were read after it: what is an event of its own is
     * counted there before its event is, so that none is taken for an evaluation. They may be ahead of the events, but
     * what was told of once does not go back.
     */
    private void attribute(long all, long exposuresCounted, long receivedCounted) {
        long more = Math.max(0, all - evaluated - exposures - received);
        long moreExposures = Math.min(more, Math.max(0, exposuresCounted - exposures));
        long moreReceived = Math.min(more - moreExposures, Math.max(0, receivedCounted - received));
        exposures += moreExposures;
        received += moreReceived;
        evaluated += more - moreExposures - moreReceived;
    }

    private Lag lag(SpoolStatus status) {
        long age = status.oldest() == 0 ? 0 : Math.max(0, clock.millis() - status.oldest());
        return new Lag(status.records(), status.bytes(), Duration.ofMillis(age));
    }

    private static State state(@Nullable Append obstacle) {
        if (obstacle == Append.FULL) {
            return State.FULL;
        }
        return obstacle == Append.FAILED ? State.DOWN : State.UP;
    }

    private static @Nullable String reason(SpoolStatus status) {
        return status.failure() == null && status.obstacle() == Append.FULL
                ? "it has all the bytes that assignments.max-bytes allows"
                : status.failure();
    }

    /** Ends it; what is not delivered stays for the next start. Works on files: never on an event loop. */
    public synchronized void close() {
        closed = true;
        Spool present = spool;
        if (present != null) {
            synchronized (reading) {
                save(present);
            }
            present.close();
        }
    }

    /**
     * What waits for Kafka.
     *
     * @param age of the oldest event
     */
    public record Lag(long records, long bytes, Duration age) {}

    /** Whether events are kept. */
    public enum State {
        /** They are. */
        UP,
        /** The log has all the bytes it may have. */
        FULL,
        /** The disk does not take them. */
        DOWN
    }

    /**
     * Where the log stands at one moment.
     *
     * @param reason what went wrong with files and has not gone well since, even if events are still kept
     */
    public record Standing(
            Ledger ledger, Lag lag, State state, @Nullable String reason) {}
}
