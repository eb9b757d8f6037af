package io.variate.upstream;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Pauses between attempts: the pause doubles with each consecutive failure, with jitter so that nodes do not retry at the
 * same time. Not thread-safe.
 */
public final class Backoff {
    /** Beyond this many doublings each bound is reached. */
    private static final int MAX_DOUBLINGS = 30;

    /** What an upstream may ask for, for a planned outage for example. */
    private static final Duration MAX_ASKED = Duration.ofHours(1);

    private static final Duration FIRST = Duration.ofSeconds(1);

    private final Duration first;
    private final Duration max;
    private final RandomGenerator random;
    private int failures;

    /**
     * Starts with pauses of a second.
     *
     * @param max the longest pause that the upstream does not ask for
     */
    public Backoff(Duration max) {
        this(FIRST, max, RandomGenerator.getDefault());
    }

    /**
     * Starts with another pause.
     *
     * @param first the pause after the first failure, at most {@code max}
     */
    public Backoff(Duration first, Duration max, RandomGenerator random) {
        this.first = first.compareTo(max) < 0 ? first : max;
        this.max = max;
        this.random = random;
    }

    /** Records a failure, and returns the pause before the next attempt: {@code Retry-After} of the failure, if longer, up to an hour. */
    public Duration afterFailure(Throwable failure) {
        long doubled = first.toMillis() << Math.min(failures, MAX_DOUBLINGS);
        failures++;
        long bound = Math.max(1, doubled <= 0 ? max.toMillis() : Math.min(doubled, max.toMillis()));
        Duration pause = Duration.ofMillis(random.nextLong(bound / 2, bound) + 1);
        Duration asked = failure instanceof UpstreamException upstream ? upstream.retryAfter() : null;
        return asked == null ? pause : longer(pause, asked.compareTo(MAX_ASKED) < 0 ? asked : MAX_ASKED);
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? other : one;
    }

    /** Records a success: the next failure has the first pause again. */
    public void reset() {
        failures = 0;
    }

    /** The number of failures since the last success. */
    public int failures() {
        return failures;
    }
}
