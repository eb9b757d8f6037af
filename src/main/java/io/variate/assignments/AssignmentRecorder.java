package io.variate.assignments;

import io.variate.assignments.spool.Append;
import io.variate.bus.ReceivedEvents;
import io.variate.config.Settings;
import io.variate.config.Settings.WhenFull;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Takes what the evaluators told users, and has it on the disk before they answer.
 *
 * <p>Thread-safe, and never blocks unless {@code assignments.fsync} is {@code always}. An assignment that was recorded
 * within the window is not recorded again; it counts as recorded only once it is on the disk.
 */
public final class AssignmentRecorder {
    /** Apart from assignments, so that an exposure and its assignment can be told from each other. */
    private static final long EXPOSURE = 0x9e3779b97f4a7c15L;

    /** Apart from both of these. */
    private static final long RECEIVED = 0xc2b2ae3d27d4eb4fL;

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final ThreadLocal<EventEncoder> encoders;
    private final ThreadLocal<EventGroup> groups = ThreadLocal.withInitial(EventGroup::new);
    private final Deduplication known;
    private final AssignmentLog log;
    private final boolean refuses;

    /** One for each node. */
    public AssignmentRecorder(Settings settings, AssignmentLog log) {
        FragmentCache fragments = new FragmentCache();
        this.encoders = ThreadLocal.withInitial(() -> new EventEncoder(
                fragments, settings.node().zone(), settings.node().id()));
        this.known = new Deduplication(
                settings.assignments().deduplicationWindow(),
                settings.assignments().deduplicationSize());
        this.log = log;
        this.refuses = settings.assignments().whenFull() == WhenFull.REFUSE;
    }

    /**
     * Records what a user was told. A user without user id and device id is nobody to assign to, and an evaluation
     * without any result assigns nothing: both count as untracked.
     *
     * @return whether the answer may be given; false only where the settings say that an answer without record is none.
     *     Then nothing is counted, unless the event has a number in the log already and only the disk failed it
     */
    public boolean record(Assignment assignment) {
        if (assignsNothing(assignment)) {
            log.countUntracked();
            return true;
        }
        EventEncoder encoder = encoders.get().read(assignment);
        long high = encoder.high();
        long low = encoder.low();
        if (known.isKnown(high, low, assignment.time())) {
            log.countDeduplicated();
            return true;
        }
        JsonBytes event = encoder.assignment();
        Append outcome = log.offer(assignment.time(), encoder.key(), event.array(), event.length());
        if (refuses && mayPass(outcome)) {
            return false;
        }
        if (log.kept(outcome)) {
            known.mark(high, low, assignment.time());
        }
        return true;
    }

    /**
     * Records that a user is exposed to what the user was told: an event for each variant that is no default. The answer
     * itself counts as untracked.
     *
     * @return as {@link #record}
     */
    public boolean recordExposures(Assignment assignment) {
        return record(assignment, false);
    }

    /**
     * Records an assignment together with its exposures: all of these events or none, see {@link AssignmentLog#offer(long,
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
        if (isTracked && !known.isKnown(high, low, time)) {
            group.add(encoder.assignment());
        }
        int assignments = group.size();
        boolean isExposed = known.isKnown(high ^ EXPOSURE, low, time);
        if (!isExposed) {
            encoder.exposures(group);
        }
        log.countExposures(group.size() - assignments);
        log.offer(time, encoder.key(), group);
        if (refuses && isRefused(group)) {
            log.countExposures(-withoutNumber(group, assignments));
            return false;
        }
        if (assignments == 0) {
            if (isTracked) {
                log.countDeduplicated();
            } else {
                log.countUntracked();
            }
        } else if (areKept(group, 0, assignments)) {
            known.mark(high, low, time);
        }
        if (areKept(group, assignments, group.size()) && !isExposed) {
            known.mark(high ^ EXPOSURE, low, time);
        }
        return true;
    }

    private static boolean isRefused(EventGroup group) {
        for (int i = 0; i < group.size(); i++) {
            if (mayPass(group.outcome(i))) {
                return true;
            }
        }
        return false;
    }

    private static int withoutNumber(EventGroup group, int from) {
        int count = 0;
        for (int i = from; i < group.size(); i++) {
            count += group.outcome(i).isNumbered() ? 0 : 1;
        }
        return count;
    }

    private boolean areKept(EventGroup group, int from, int to) {
        boolean all = true;
        for (int i = from; i < to; i++) {
            all &= log.kept(group.outcome(i));
        }
        return all;
    }

    /** Whether it is worth the client's while to ask again. */
    private static boolean mayPass(Append outcome) {
        return outcome != Append.APPENDED && outcome != Append.TOO_LARGE;
    }

    /**
     * Records an event that a client made itself, unless one of the same identity was recorded within the window.
     * A batch may need more files of the log at once than are ready, and no user waits for its answer: so this waits for
     * the next one if it must, never on an event loop.
     *
     * @param event left as it is by everyone
     * @param time milliseconds since 1970 UTC, now
     * @param deadline until when to wait, by {@link System#nanoTime}
     * @return whether its sender may be told that it is taken, as with {@link #record}
     */
    boolean recordReceived(ReceivedEvents.Event event, long time, long deadline) {
        byte[] identity = event.identity().getBytes();
        long high = KeyedHash.HIGH.of(identity, identity.length) ^ RECEIVED;
        long low = KeyedHash.LOW.of(identity, identity.length);
        log.countReceived();
        if (identity.length > 0 && known.isKnown(high, low, time)) {
            log.countDeduplicated();
            return true;
        }
        byte[] value = event.value().getBytes();
        Append outcome = offer(time, event.key().getBytes(), value, deadline);
        if (refuses && mayPass(outcome)) {
            if (!outcome.isNumbered()) {
                log.countRefused();
            }
            return false;
        }
        if (log.kept(outcome) && identity.length > 0) {
            known.mark(high, low, time);
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

    /** Notes an evaluation whose sender asked for no event. */
    public void untracked() {
        log.countUntracked();
    }

    private static boolean assignsNothing(Assignment assignment) {
        boolean isOfNobody =
                assignment.context().userId() == null && assignment.context().deviceId() == null;
        return isOfNobody || assignment.evaluation().size() == 0;
    }
}
