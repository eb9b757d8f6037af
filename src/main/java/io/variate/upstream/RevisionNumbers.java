package io.variate.upstream;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Numbers the rulesets of an upstream. Used on one Vert.x context.
 *
 * <p>The number is the lowest revision that the flags were read at, if the upstream is another Variate: whoever asks for a
 * revision of the upstream gets at least its content. While sets of flags are of several revisions, the ruleset waits.
 *
 * <p>The served number plus one is used where no revision fits: the upstream reports none, it was restored to a lower
 * revision, or the settings of this node have changed the content. This node is ahead of its upstream then, until the
 * revision of the upstream exceeds the served number.
 */
final class RevisionNumbers {
    private static final Logger log = LoggerFactory.getLogger(RevisionNumbers.class);

    /** How long sets of several revisions wait: they may never be of one, if the upstream changes all the time. */
    static final Duration MAX_MIX_WAIT = Duration.ofSeconds(2);

    /** How long an upstream may be behind what is served, as a node of its cluster may, before it counts as restored. */
    static final Duration MAX_LAG = Duration.ofSeconds(5);

    private final LongSupplier nanoTime;

    /** The revision of the upstream that has the content of the served ruleset, as far as known. */
    private @Nullable Long numbered;

    private boolean waiting;
    private long waitingSince;

    /** @param nanoTime a clock as {@link System#nanoTime} */
    RevisionNumbers(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /**
     * The revisions that all sets of flags were read at.
     *
     * @param lowest null if no set has a revision now
     * @param highest null if and only if {@code lowest} is
     * @param isPartial whether another set has still to be read
     * @param isOfVariate whether some set has ever had a revision
     */
    record Read(@Nullable Long lowest, @Nullable Long highest, boolean isPartial, boolean isOfVariate) {

        boolean isMixed() {
            return lowest != null && !lowest.equals(highest);
        }
    }

    /**
     * Whether sets must be read again before a number can be given, whatever their content.
     *
     * @param served null if none is served
     */
    boolean awaitsOthers(@Nullable Long served, Read read) {
        Long lowest = read.lowest();
        if (lowest == null) {
            return read.isOfVariate();
        }
        if (!read.isPartial() && !read.isMixed()) {
            return false;
        }
        boolean endless = read.isPartial() || (served != null && lowest.equals(served));
        return endless ? begunToWait() : !hasWaited(MAX_MIX_WAIT);
    }

    /**
     * The number of a ruleset, or null if it must wait.
     *
     * @param served null if none is served
     * @param isSame whether the content is the served one, which then keeps the number unless the upstream has a higher one
     */
    @Nullable
    Long number(@Nullable Long served, boolean isSame, Read read) {
        Long lowest = read.lowest();
        if (lowest == null) {
            return give(null, served == null ? 1 : isSame ? served : served + 1);
        }
        if (served == null || lowest > served) {
            return give(lowest, Math.max(1, lowest));
        }
        if (isSame) {
            return give(lowest, served);
        }
        boolean isExpected = lowest.equals(served) || (numbered != null && lowest >= numbered);
        if (!isExpected && !hasWaited(MAX_LAG)) {
            return null;
        }
        if (numbered == null || lowest < numbered) {
            log.warn(
                    "upstream has other flags at a revision that is not newer: upstream={} served={}; serving them as revision={}",
                    lowest,
                    served,
                    served + 1);
        }
        return give(lowest, served + 1);
    }

    private long give(@Nullable Long revision, long number) {
        numbered = revision;
        waiting = false;
        return number;
    }

    private boolean begunToWait() {
        if (!waiting) {
            waiting = true;
            waitingSince = nanoTime.getAsLong();
        }
        return true;
    }

    private boolean hasWaited(Duration time) {
        return begunToWait() && nanoTime.getAsLong() - waitingSince >= time.toNanos();
    }

    /** Forgets the upstream, which another node may read from now on. */
    void reset() {
        numbered = null;
        waiting = false;
    }
}
