package io.variate.upstream;

import io.variate.cohorts.CohortId;
import io.variate.cohorts.StagedCohort;
import io.variate.store.StoredCohort;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The polling of one targeted cohort. Used on one Vert.x context. */
final class CohortPoll {
    private final CohortId id;
    private final Credentials credentials;
    private final ProjectPause pause;
    private final Backoff backoff;
    private final Promise<Void> first = Promise.promise();
    private boolean isInFlight;
    private boolean isAnswered;
    private boolean isUnknown;
    private long due = System.nanoTime();
    private @Nullable String problem;
    private @Nullable StoredCohort base;
    private @Nullable StagedCohort staged;

    /** The first poll is due at once. */
    CohortPoll(CohortId id, Credentials credentials, ProjectPause pause, Duration maxBackoff) {
        this.id = id;
        this.credentials = credentials;
        this.pause = pause;
        this.backoff = new Backoff(maxBackoff);
    }

    CohortId id() {
        return id;
    }

    Credentials credentials() {
        return credentials;
    }

    /** The pause of all polls of the project. */
    ProjectPause pause() {
        return pause;
    }

    /** Completes after the first poll, successful or not, or once the upstream fails for the whole project. */
    Future<Void> first() {
        return first.future();
    }

    /** The upstream fails for the whole project, so the first poll may be far away. */
    void stopWaiting() {
        first.tryComplete();
    }

    /** Whether the upstream answered the last poll: it has the cohort, does not know it, or does not send it. */
    boolean isAnswered() {
        return isAnswered;
    }

    /** Whether the upstream does not know the cohort. */
    boolean isUnknown() {
        return isUnknown;
    }

    /** Why the cohort may be stale or missing, or null. */
    @Nullable
    String problem() {
        return problem;
    }

    /** A version that this node does not hold yet, or null. */
    @Nullable
    StagedCohort staged() {
        return staged;
    }

    /** Whether the poll is idle, nothing is staged, and no probe is in flight: only then it starts at a known time. */
    boolean isScheduled() {
        return !isInFlight && staged == null && pause.permitsPoll();
    }

    /** Time until the next poll in nanoseconds; negative if it is overdue. */
    long nanosLeft(long now) {
        return due - now;
    }

    /** Time until the next poll may start in nanoseconds; 0 if it may start now. */
    long nanosUntilStart(long now) {
        return Math.max(0, Math.max(nanosLeft(now), pause.nanosLeft(now)));
    }

    /** Forgets what the upstream said, and makes the poll due at once. */
    void restart() {
        discardStaged();
        isAnswered = false;
        due = System.nanoTime();
    }

    /** @param held the version that this node holds, or null */
    void begin(@Nullable StoredCohort held) {
        isInFlight = true;
        pause.begin();
        base = held;
    }

    /** The upstream confirmed the version that this node holds, or has the staged one. */
    void succeed(@Nullable StagedCohort changed, Duration pause) {
        backoff.reset();
        isUnknown = false;
        staged = changed;
        end(true, null, pause);
    }

    /** The upstream does not know the cohort. */
    void succeedWithoutCohort(Duration pause) {
        backoff.reset();
        isUnknown = true;
        end(true, null, pause);
    }

    /** The upstream has the cohort, but does not send it. */
    void reject(String reason, Duration pause) {
        backoff.reset();
        isUnknown = false;
        end(true, reason, pause);
    }

    /** The poll failed; returns the pause before the next one. */
    Duration fail(String reason, Throwable failure) {
        Duration pause = backoff.afterFailure(failure);
        end(false, reason, pause);
        return pause;
    }

    /** Comes last, because it may continue the work of a caller that waits. */
    private void end(boolean answered, @Nullable String reason, Duration pause) {
        isInFlight = false;
        isAnswered = answered;
        problem = reason;
        due = System.nanoTime() + pause.toNanos();
        first.tryComplete();
    }

    /** Whether the staged version is the one that this node holds now, or replaces another than this node holds. */
    boolean isSuperseded(@Nullable StoredCohort held) {
        StagedCohort waiting = staged;
        return waiting != null && (waiting.head().equals(held) || !Objects.equals(held, base));
    }

    /** Deletes what is staged. */
    void discardStaged() {
        StagedCohort waiting = staged;
        if (waiting != null) {
            waiting.discard();
            staged = null;
        }
    }
}
