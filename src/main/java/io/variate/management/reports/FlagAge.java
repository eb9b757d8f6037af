package io.variate.management.reports;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A flag with what happened to it. Immutable.
 *
 * @param served what the flag serves
 * @param changedAt when its evaluation last changed, or earlier; null if unknown
 * @param lastEvaluated null if it was not since {@code countedSince}
 * @param countedSince when the counting of evaluations started; null if it did not
 * @param decision of its experiment, or null
 * @param endDate of its experiment, or null
 */
public record FlagAge(
        ServedVariants served,
        @Nullable Instant changedAt,
        @Nullable Instant lastEvaluated,
        @Nullable Instant countedSince,
        @Nullable String decision,
        @Nullable String endDate) {
    private static final Set<String> ENDING_DECISIONS = Set.of("rollout", "rollback");

    /**
     * Why the flag is stale; empty if it is not.
     *
     * @param now the present
     * @param atLeast how long nothing must have happened
     */
    public Set<StaleReason> reasons(Instant now, Duration atLeast) {
        Set<StaleReason> reasons = EnumSet.noneOf(StaleReason.class);
        Instant limit = now.minus(atLeast);
        boolean isUnchanged = changedAt != null && !changedAt.isAfter(limit);
        if (served.isConstant() && isUnchanged) {
            reasons.add(StaleReason.CONSTANT);
        }
        if (served.isPartial() && isUnchanged) {
            reasons.add(StaleReason.FORGOTTEN);
        }
        if (isUnchanged && isSilentSince(limit)) {
            reasons.add(StaleReason.SILENT);
        }
        if (!served.isConstant()) {
            if (decision != null && ENDING_DECISIONS.contains(decision)) {
                reasons.add(StaleReason.DECIDED);
            }
            if (isPast(endDate, now)) {
                reasons.add(StaleReason.EXPIRED);
            }
        }
        return reasons;
    }

    /** A flag that changed since is not silent yet, and without counts nothing is known. */
    private boolean isSilentSince(Instant limit) {
        return lastEvaluated == null
                ? countedSince != null && !countedSince.isAfter(limit)
                : !lastEvaluated.isAfter(limit);
    }

    /** A date ends with its day in UTC. Another text than a date or a time is ignored. */
    private static boolean isPast(@Nullable String end, Instant now) {
        if (end == null) {
            return false;
        }
        try {
            Instant time = end.indexOf('T') < 0
                    ? LocalDate.parse(end)
                            .plusDays(1)
                            .atStartOfDay(ZoneOffset.UTC)
                            .toInstant()
                    : OffsetDateTime.parse(end).toInstant();
            return !time.isAfter(now);
        } catch (DateTimeException e) {
            return false;
        }
    }
}
