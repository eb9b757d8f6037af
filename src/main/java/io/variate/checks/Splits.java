package io.variate.checks;

import io.variate.engine.model.Allocation;
import io.variate.engine.model.Bucket;
import io.variate.engine.model.Distribution;
import io.variate.engine.model.Range;
import io.variate.json.Problems;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Warns of buckets that do not split users as a person would expect. One instance checks one bucket.
 *
 * <p>Amplitude's compiler rounds the ends of distributions up and their starts down, so neighbours overlap by at most two
 * shares. The first one gets those users, which is nobody in practice.
 */
final class Splits {
    private static final int ROUNDING = 2;

    private final Bucket bucket;
    private final int segment;
    private final FlagPlace place;

    Splits(Bucket bucket, int segment, FlagPlace place) {
        this.bucket = bucket;
        this.segment = segment;
        this.place = place;
    }

    void addWarnings() {
        List<Range> percents = new ArrayList<>();
        bucket.allocations().forEach(allocation -> percents.add(allocation.range()));
        Cover cover = Cover.of(percents, 0);
        if (cover.hasOverlap()) {
            place.bucket(segment)
                    .member("allocations")
                    .warn(
                            "",
                            "overlap: the first one gets the users of both, and the others fewer than their range says");
        }
        if (cover.hasHole()) {
            place.bucket(segment)
                    .member("allocations")
                    .warn(
                            "",
                            "leave out percentages below the highest one, whose users get the variant of the segment");
        }
        for (int i = 0; i < bucket.allocations().size(); i++) {
            Allocation allocation = bucket.allocations().get(i);
            if (allocation.distributions().stream().noneMatch(part -> isOutside(part.range()))) {
                addWarnings(allocation, i);
            }
        }
    }

    /** Errors are reported elsewhere; their consequences are not. */
    private static boolean isOutside(Range range) {
        return range.from() < 0 || range.to() > FlagErrors.ALL_SHARES || range.from() > range.to();
    }

    private void addWarnings(Allocation allocation, int index) {
        List<Range> shares = allocation.distributions().stream()
                .map(Distribution::range)
                .filter(range -> range.from() < range.to())
                .toList();
        if (shares.isEmpty()) {
            return;
        }
        if (shares.stream().allMatch(range -> range.to() <= FlagErrors.ALL_PERCENT)) {
            place.distribution(segment, index, 0)
                    .member("range")
                    .warn(
                            "",
                            "has percentages where shares of " + FlagErrors.ALL_SHARES
                                    + " are expected, so hardly any user gets a variant");
            return;
        }
        Cover cover = Cover.of(shares, ROUNDING);
        if (cover.hasOverlap()) {
            distributions(index)
                    .warn(
                            "",
                            "overlap: the first one gets the users of both, and the others fewer than their range says");
        }
        boolean isWhole = cover.end() >= FlagErrors.ALL_SHARES - ROUNDING && !cover.hasHole();
        if (!isWhole && !isFineRollout(allocation, shares, cover)) {
            distributions(index)
                    .warn(
                            "",
                            "do not cover 0 to " + FlagErrors.ALL_SHARES
                                    + ", and users in between get the variant of the segment");
        }
    }

    private Problems distributions(int allocation) {
        return place.allocation(segment, allocation).member("distributions");
    }

    /**
     * Whether the distributions are a rollout below one percent, or one that began so: all users are allocated, and each
     * distribution is the first part of its home range, the same part of each. Homes end where the next one starts.
     */
    private static boolean isFineRollout(Allocation allocation, List<Range> shares, Cover cover) {
        boolean isForAll = allocation.range().from() == 0 && allocation.range().to() == FlagErrors.ALL_PERCENT;
        if (!isForAll || cover.hasOverlap() || shares.get(0).from() != 0) {
            return false;
        }
        long covered = 0;
        for (Range range : shares) {
            covered += range.to() - range.from();
        }
        double part = (double) covered / FlagErrors.ALL_SHARES;
        for (int i = 0; i < shares.size(); i++) {
            int from = shares.get(i).from();
            int homeEnd = i + 1 < shares.size() ? shares.get(i + 1).from() : FlagErrors.ALL_SHARES;
            double expected = part * (homeEnd - from);
            if (homeEnd < from || Math.abs(shares.get(i).to() - from - expected) > ROUNDING) {
                return false;
            }
        }
        return true;
    }

    /**
     * What ranges cover together.
     *
     * @param hasHole whether a number below the end is in no range
     * @param hasOverlap whether two ranges have more numbers in common than rounding explains
     * @param end the end of the last range
     */
    private record Cover(boolean hasHole, boolean hasOverlap, int end) {

        static Cover of(List<Range> ranges, int rounding) {
            int end = 0;
            boolean hasHole = false;
            boolean hasOverlap = false;
            List<Range> ordered = ranges.stream()
                    .filter(range -> range.from() < range.to())
                    .sorted(Comparator.comparingInt(Range::from))
                    .toList();
            for (Range range : ordered) {
                hasHole |= range.from() > end;
                hasOverlap |= range.from() < end - rounding;
                end = Math.max(end, range.to());
            }
            return new Cover(hasHole, hasOverlap, end);
        }
    }
}
