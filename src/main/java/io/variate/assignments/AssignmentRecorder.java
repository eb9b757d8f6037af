package io.variate.assignments;

import io.variate.assignments.spool.Append;
import io.variate.bus.ReceivedEvents;
import io.variate.config.Settings;
import io.variate.config.Settings.WhenFull;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Records assignments and exposures in the log before the evaluator answers.
 *
 * <p>Thread-safe. Never blocks unless {@code assignments.fsync} is {@code always}. An assignment that was recorded within the
 * deduplication window is not recorded again; it enters the window only once it is stored.
 */
public final class AssignmentRecorder {
    /** Distinguishes the hash of an exposure from that of its assignment. */
    private static final long EXPOSURE = 0x9e3779b97f4a7c15L;

    /** Distinguishes received events from both of these. */
    private static final long RECEIVED = 0xc2b2ae3d27d4eb4fL;

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final ThreadLocal<EventEncoder> encoders;
    private final ThreadLocal<EventGroup> groups = ThreadLocal.withInitial(EventGroup::new);
    private final Deduplication recorded;
    private final AssignmentLog log;
    private final boolean rejectsUnrecorded;

    /** One per node. */
    public AssignmentRecorder(Settings settings, AssignmentLog log) {
        FragmentCache fragments = new FragmentCache();
        this.encoders = ThreadLocal.withInitial(() -> new EventEncoder(
                fragments, settings.node().zone(), settings.node().id()));
        this.recorded = new Deduplication(
                settings.assignments().deduplicationWindow(),
                settings.assignments().deduplicationSize());
        this.log = log;
        this.rejectsUnrecorded = settings.assignments().whenFull() == WhenFull.REFUSE;
    }

    /**
     * Records an assignment. A user without user id and device id, and an evaluation without results, count as untracked.
     *
     * @return whether the evaluator may answer; false only with {@code assignments.when-full: refuse}. Nothing is counted
     *     then, unless the event already has a number in the log and only forcing it to disk failed
     */
    public boolean record(Assignment assignment) {
        if (assignsNothing(assignment)) {
            log.countUntracked();
            return true;
        }
        EventEncoder encoder = encoders.get().read(assignment);
        long high = encoder.high();
        long low = encoder.low();
        if (recorded.contains(high, low, assignment.time())) {
            log.countDeduplicated();
            return true;
        }
        JsonBytes event = encoder.assignment();
        Append outcome = log.offer(assignment.time(), encoder.key(), event.array(), event.length());
        if (rejectsUnrecorded && isRetriable(outcome)) {
            return false;
        }
        if (log.account(outcome)) {
            recorded.add(high, low, assignment.time());
        }
        return true;
    }

    /**
     * Records the exposures of an assignment: one event for each variant that is not a default. The assignment itself
     * counts as untracked.
     *
     * @return as {@link #record}
     */
    public boolean recordExposures(Assignment assignment) {
        return record(assignment, false);
    }

    /**
     * Records an assignment and its exposures: all of these events or none, see {@link AssignmentLog#offer(long,
     * byte[], EventGroup)}.
     *
     * @return as {@link #record}
     */
    public boolean recordWithExposures(Assignment assignment) {
        return record(assignment, true);
    }

    private boolean record(Assignment assignment, boolean isTracked) {
        if (assignsNothing(assignment)) {
            log.countUntracked();
            return true;
        }
        long time = assignment.time();
        EventEncoder encoder = encoders.get().read(assignment);
        long high = encoder.high();
        long low = encoder.low();
        EventGroup group = groups.get().clear();
        if (isTracked && !recorded.contains(high, low, time)) {
            group.add(encoder.assignment());
        }
        int assignments = group.size();
        boolean isExposed = recorded.contains(high ^ EXPOSURE, low, time);
        if (!isExposed) {
            encoder.exposures(group);
        }
        log.countExposures(group.size() - assignments);
        log.offer(time, encoder.key(), group);
        if (rejectsUnrecorded && isRejected(group)) {
            log.countExposures(-unnumbered(group, assignments));
            return false;
        }
        if (assignments == 0) {
            if (isTracked) {
                log.countDeduplicated();
            } else {
                log.countUntracked();
            }
        } else if (account(group, 0, assignments)) {
            recorded.add(high, low, time);
        }
        if (account(group, assignments, group.size()) && !isExposed) {
            recorded.add(high ^ EXPOSURE, low, time);
        }
        return true;
    }

    private static boolean isRejected(EventGroup group) {
        for (int i = 0; i < group.size(); i++) {
            if (isRetriable(group.outcome(i))) {
                return true;
            }
        }
        return false;
    }

    private static int unnumbered(EventGroup group, int from) {
        int count = 0;
        for (int i = from; i < group.size(); i++) {
            count += group.outcome(i).isNumbered() ? 0 : 1;
        }
        return count;
    }

    private boolean account(EventGroup group, int from, int to) {
        boolean all = true;
        for (int i = from; i < to; i++) {
            all &= log.account(group.outcome(i));
        }
        return all;
    }

    /** Whether the event is not stored, or not durably, and a retry may succeed. */
    private static boolean isRetriable(Append outcome) {
        return outcome != Append.APPENDED && outcome != Append.TOO_LARGE;
    }

    /**
     * Records an event from a client, unless one with the same identity was recorded within the window. A batch may need
     * more log files than are prepared, and no user waits for the answer. This method therefore waits for the next file:
     * never call it on an event loop.
     *
     * @param event not modified
     * @param time the current time, milliseconds since 1970 UTC
     * @param deadline latest {@link System#nanoTime} to wait until
     * @return whether the event may be acknowledged, as with {@link #record}
     */
    boolean recordReceived(ReceivedEvents.Event event, long time, long deadline) {
        byte[] identity = event.identity().getBytes();
        long high = IdentityHash.HIGH.hash(identity, identity.length) ^ RECEIVED;
        long low = IdentityHash.LOW.hash(identity, identity.length);
        log.countReceived();
        if (identity.length > 0 && recorded.contains(high, low, time)) {
            log.countDeduplicated();
            return true;
        }
        byte[] value = event.value().getBytes();
        Append outcome = offer(time, event.key().getBytes(), value, deadline);
        if (rejectsUnrecorded && isRetriable(outcome)) {
            if (!outcome.isNumbered()) {
                log.uncountReceived();
            }
            return false;
        }
        if (log.account(outcome) && identity.length > 0) {
            recorded.add(high, low, time);
        }
        return true;
    }

    private Append offer(long time, byte[] key, byte[] value, long deadline) {
        Append outcome = log.offer(time, key, value, value.length);
        while (outcome == Append.NOT_READY && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(PAUSE_NANOS);
            outcome = log.offer(time, key, value, value.length);
        }
        return outcome;
    }

    /** Counts an evaluation whose sender disabled tracking. */
    public void untracked() {
        log.countUntracked();
    }

    private static boolean assignsNothing(Assignment assignment) {
        boolean isAnonymous =
                assignment.context().userId() == null && assignment.context().deviceId() == null;
        return isAnonymous || assignment.evaluation().size() == 0;
    }
}
