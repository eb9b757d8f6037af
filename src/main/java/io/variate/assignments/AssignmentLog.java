package io.variate.assignments;

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
import io.variate.observability.OncePerMinute;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The undelivered events of this node, on disk, and the ledger of all its events.
 *
 * <p>Keeps working if the spool cannot be opened: every event is then counted as lost, and {@link #open} can be called again.
 * {@link #offer} and counting are thread-safe and never block, except that an append waits for the disk with {@code
 * assignments.fsync: always}. All other methods access files.
 */
public final class AssignmentLog {
    private static final Logger log = LoggerFactory.getLogger(AssignmentLog.class);
    private static final Losses NO_LOSSES = new Losses(0, 0, 0);

    /** Counters besides the records of the spool, with their index in the counter file. An index is never reused. */
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

        private final int index;

        Count(int index) {
            this.index = index;
        }
    }

    private final Settings settings;
    private final Clock clock;

    /** Counts from times without an open spool. */
    private final AtomicLongArray unsaved = new AtomicLongArray(Count.values().length);

    private volatile @Nullable Spool spool;
    private volatile @Nullable String obstacle;
    private volatile boolean closed;

    /** Events that Kafka rejected permanently, as of the last commit; guarded by the spool. */
    private long rejected;

    /** Held while the ledger is read, so that successive reads never go back. */
    private final Object reading = new Object();

    /** Guarded by {@link #reading}. */
    private final EventOrigins origins = new EventOrigins();

    private final AssignmentMetrics metrics;

    /** The ledger of the last {@link #check}. */
    private Ledger checked = new Ledger(0, 0, 0, 0, 0, 0, 0, Map.of());

    /** Losses that no log line reports yet. */
    private final Map<Loss, Long> unreported = new EnumMap<>(Loss.class);

    private final OncePerMinute lines = new OncePerMinute(System::nanoTime);

    /** Registers the metrics. One per node. */
    public AssignmentLog(Settings settings, Clock clock, MeterRegistry metrics) {
        this.settings = settings;
        this.clock = clock;
        this.metrics = new AssignmentMetrics(this::standing, metrics);
    }

    /**
     * Takes a snapshot that all metrics report until the next call, so that they balance. Without any call, each metric
     * reports the moment when it is read.
     */
    public void observe() {
        metrics.takeSnapshot();
    }

    /** Opens the spool, unless it is open. Accesses files: never call on an event loop. */
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
                log.error("cannot open the assignment log: {}; events are lost", unavailable.message());
            }
            obstacle = unavailable.message();
        }
    }

    private void use(Spool opened) {
        synchronized (reading) {
            synchronized (opened) {
                rejected = rejectedOf(opened.block());
            }
            save(opened);
            spool = opened;
            obstacle = null;
            checked = ledger();
        }
    }

    /** Moves the counts in memory to the spool. */
    private void save(Spool to) {
        for (Count count : Count.values()) {
            to.counters().add(count.index, unsaved.getAndSet(count.index, 0));
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
            log.info("assignment log opened with undelivered events count={}", recovery.records());
        }
        if (recovery.tornBytes() > 0) {
            log.warn("truncated a torn record at the end of the assignment log bytes={}", recovery.tornBytes());
        }
        if (recovery.lost().total() > 0) {
            log.error(
                    "events of the assignment log are lost count={} dropped={} damaged={} torn={}",
                    recovery.lost().total(),
                    recovery.lost().dropped(),
                    recovery.lost().damaged(),
                    recovery.lost().torn());
        }
        recovery.unreadable()
                .forEach(file ->
                        log.error("cannot read a file of the assignment log, renamed it to *.unreadable: {}", file));
        if (recovery.checkpointLost()) {
            log.warn("delivery checkpoint lost; redelivering all spooled events");
        }
    }

    /**
     * Opens the spool if it is not open, and logs the lost events, at most once a minute. Call every few seconds. Accesses
     * files: never call on an event loop.
     */
    public synchronized void check() {
        reportLosses();
        open();
    }

    private void reportLosses() {
        Standing standing = standing();
        Ledger now = standing.ledger();
        for (Loss cause : Loss.values()) {
            if (now.lost(cause) > checked.lost(cause)) {
                unreported.merge(cause, now.lost(cause) - checked.lost(cause), Long::sum);
            }
        }
        checked = now;
        if (!unreported.isEmpty() && lines.permits("lost")) {
            log.error("lost events {}{}", unreported, standing.reason() == null ? "" : ": " + standing.reason());
            unreported.clear();
        }
    }

    /** Appends an event without counting it: the caller passes the outcome to {@link #account}. */
    Append offer(long time, byte[] key, byte[] value, int length) {
        Spool present = spool;
        try {
            return present == null ? Append.FAILED : present.append(time, key, value, 0, length);
        } catch (InternalError e) {
            // A page that the disk could not provide. The event has no number yet, or the spool would return TORN.
            return Append.FAILED;
        }
    }

    /**
     * Appends the events of one key together: all of them or none. A group larger than a file of the spool is split into
     * as few parts as possible; once a part does not fit, the rest is not tried. Counts nothing: the caller passes each
     * outcome to {@link #account}.
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
     * Counts the outcome of an event that the caller offered.
     *
     * @return whether the event is stored, as durably as the settings require
     */
    boolean account(Append outcome) {
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
                // The event has a number, so the spool counts it.
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

    /** Counts exposure events before they are offered. A negative number reverts the count of rejected events. */
    void countExposures(int more) {
        if (more != 0) {
            count(Count.EXPOSURES, more);
        }
    }

    /** Counts an event from a client, before any other count of that event. */
    void countReceived() {
        count(Count.RECEIVED, 1);
    }

    /** Reverts {@link #countReceived} for a rejected event, which its sender keeps. */
    void uncountReceived() {
        count(Count.RECEIVED, -1);
    }

    private void count(Count count, long step) {
        Spool present = spool;
        if (present == null) {
            unsaved.getAndAdd(count.index, step);
        } else {
            present.counters().add(count.index, step);
        }
    }

    private long counted(Count count, @Nullable Spool present) {
        return unsaved.get(count.index)
                + (present == null ? 0 : present.counters().get(count.index));
    }

    /** The next events, each once and in order; none without a spool. */
    public List<Entry> poll(int most, long mostBytes) {
        Spool present = spool;
        return present == null ? List.of() : present.poll(most, mostBytes);
    }

    /**
     * Settles all events before a sequence number.
     *
     * @param newlyRejected how many of the events settled by this call Kafka rejected permanently
     */
    public void commit(long sequence, int newlyRejected) {
        Spool present = spool;
        if (present == null || closed) {
            return;
        }
        synchronized (present) {
            long total = rejected + newlyRejected;
            present.commit(
                    sequence, ByteBuffer.allocate(Long.BYTES).putLong(total).array());
            rejected = total;
        }
    }

    private static long rejectedOf(byte[] block) {
        return block.length < Long.BYTES ? 0 : ByteBuffer.wrap(block).getLong();
    }

    /** The ledger of this node since its data directory was created. */
    public Ledger ledger() {
        return standing().ledger();
    }

    /** The undelivered events. */
    public Lag lag() {
        return standing().lag();
    }

    /** A consistent snapshot. Blocks while another thread reads or settles the log. */
    public Standing standing() {
        synchronized (reading) {
            Spool present = spool;
            if (present == null) {
                String reason = obstacle == null ? "the assignment log is not open" : obstacle;
                return new Standing(ledger(null, null, 0), new Lag(0, 0, Duration.ZERO), State.DOWN, reason);
            }
            SpoolStatus status;
            long rejectedNow;
            synchronized (present) {
                status = present.status();
                rejectedNow = rejected;
            }
            return new Standing(
                    ledger(present, status, rejectedNow), lag(status), state(status.obstacle()), reason(status));
        }
    }

    private Ledger ledger(@Nullable Spool present, @Nullable SpoolStatus status, long rejectedNow) {
        Map<Loss, Long> lost = new EnumMap<>(Loss.class);
        lost.put(Loss.SPOOL_FULL, counted(Count.SPOOL_FULL, present));
        lost.put(Loss.SPOOL_BUSY, counted(Count.SPOOL_BUSY, present));
        lost.put(Loss.DISK_FAILED, counted(Count.DISK_FAILED, present));
        lost.put(Loss.TOO_LARGE, counted(Count.TOO_LARGE, present));
        lost.put(Loss.NO_SPOOL, counted(Count.NO_SPOOL, present));
        lost.put(Loss.STOPPED, counted(Count.STOPPED, present));
        lost.put(Loss.REFUSED, rejectedNow);
        Losses losses = status == null ? NO_LOSSES : status.losses();
        lost.put(Loss.DROPPED_OLDEST, losses.dropped());
        lost.put(Loss.DAMAGED, losses.damaged());
        lost.put(Loss.TORN, losses.torn());
        long lostInAll = lost.values().stream().mapToLong(Long::longValue).sum();
        long spooled = status == null ? 0 : status.records();
        // The spool numbers every event: what is neither spooled nor lost has been delivered.
        long delivered = status == null ? 0 : status.next() - spooled - losses.total() - rejectedNow;
        long untracked = counted(Count.UNTRACKED, present);
        long deduplicated = counted(Count.DEDUPLICATED, present);
        long total = untracked + deduplicated + delivered + spooled + lostInAll;
        origins.attribute(total, counted(Count.EXPOSURES, present), counted(Count.RECEIVED, present));
        return new Ledger(
                origins.evaluated(),
                origins.exposures(),
                origins.received(),
                untracked,
                deduplicated,
                delivered,
                spooled,
                lost);
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
                ? "the assignment log is full: assignments.max-bytes is reached"
                : status.failure();
    }

    /** Closes the spool. Undelivered events stay for the next start. Accesses files: never call on an event loop. */
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
     * The undelivered events.
     *
     * @param records number of events
     * @param bytes their size on disk
     * @param age age of the oldest event; zero without any
     */
    public record Lag(long records, long bytes, Duration age) {}

    /** Whether events are stored. */
    public enum State {
        /** Events are stored. */
        UP,
        /** The log has reached {@code assignments.max-bytes}. */
        FULL,
        /** The log cannot be opened, or the disk rejects writes. */
        DOWN
    }

    /**
     * A snapshot of the log.
     *
     * @param reason the last file error without a later success, even if events are still stored; null without one
     */
    public record Standing(
            Ledger ledger, Lag lag, State state, @Nullable String reason) {}
}
