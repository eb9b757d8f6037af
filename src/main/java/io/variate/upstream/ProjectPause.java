package io.variate.upstream;

import java.time.Duration;

/**
 * Pauses the cohort polls of a project after a failure that concerns all of them. After the pause, one poll at a time probes
 * the upstream, until it answers. Used on one Vert.x context.
 */
final class ProjectPause {
    private final Backoff backoff;
    private boolean isFailing;
    private int inFlight;
    private long end = System.nanoTime();

    ProjectPause(Duration maxBackoff) {
        this.backoff = new Backoff(maxBackoff);
    }

    /** Whether the last failure concerned all polls, and no poll has been answered since. */
    boolean isFailing() {
        return isFailing;
    }

    /** Whether a poll may start after the pause, rather than after the answer to a probe. */
    boolean permitsPoll() {
        return !isFailing || inFlight == 0;
    }

    /** Time until the end of the pause in nanoseconds; not positive without a pause. */
    long nanosLeft(long now) {
        return isFailing ? end - now : 0;
    }

    void begin() {
        inFlight++;
    }

    /** The upstream answered a poll, whatever its answer. */
    void answered() {
        inFlight--;
        isFailing = false;
        backoff.reset();
    }

    /** A poll failed as all others would. A failure of a poll that began before the pause does not extend it. */
    void failed(Throwable failure) {
        inFlight--;
        long now = System.nanoTime();
        if (nanosLeft(now) <= 0) {
            isFailing = true;
            end = now + backoff.afterFailure(failure).toNanos();
        }
    }
}
