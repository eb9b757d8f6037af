package io.variate.management.reports;

import io.variate.engine.model.Allocation;
import io.variate.engine.model.Bucket;
import io.variate.engine.model.Distribution;
import io.variate.engine.model.Flag;
import io.variate.engine.model.Range;
import io.variate.engine.model.Segment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The variants that the segments of a flag can serve, for users with a bucketing value.
 *
 * @param isConstant whether all users get the same variant, or all get none
 * @param isPartial whether a segment assigns a variant to some of its users only
 */
public record ServedVariants(boolean isConstant, boolean isPartial) {
    /** Stands for no variant. No variant has an empty key in a flag that management compiles. */
    private static final String NONE = "";

    private static final int PERCENTS = 100;

    /** The number of values of {@code hash / 100}: 2^32 / 100, rounded up. */
    private static final int HUNDREDTHS = 42_949_673;

    /** What a flag serves. Expensive for thousands of flags. */
    public static ServedVariants of(Flag flag) {
        Set<String> variants = new HashSet<>();
        boolean isPartial = false;
        for (Segment segment : flag.segments()) {
            if (segment.matchesNoUser()) {
                continue;
            }
            Bucket bucket = segment.bucket();
            long assigned = bucket == null ? 0 : addAssigned(bucket, flag, variants);
            boolean isSplit = assigned > 0 && assigned < (long) PERCENTS * HUNDREDTHS;
            boolean hasFallback = segment.variant() != null && flag.variants().containsKey(segment.variant());
            boolean isComplete = assigned == (long) PERCENTS * HUNDREDTHS;
            isPartial |= isSplit;
            if (!isComplete && hasFallback) {
                variants.add(segment.variant());
                isComplete = true;
            }
            if (isComplete && segment.matchesEveryUser()) {
                return new ServedVariants(variants.size() == 1, isPartial);
            }
        }
        variants.add(NONE);
        return new ServedVariants(variants.size() == 1, isPartial);
    }

    /** Adds the variants that a bucket assigns, and returns how many of all hashes get one. */
    private static long addAssigned(Bucket bucket, Flag flag, Set<String> variants) {
        long assigned = 0;
        int from = 0;
        for (int to : borders(bucket)) {
            List<Range> ranges = new ArrayList<>();
            for (Allocation allocation : bucket.allocations()) {
                if (allocation.range().contains(from)) {
                    for (Distribution distribution : allocation.distributions()) {
                        if (!distribution.range().isEmpty() && flag.variants().containsKey(distribution.variant())) {
                            ranges.add(distribution.range());
                            variants.add(distribution.variant());
                        }
                    }
                }
            }
            assigned += (to - from) * union(ranges);
            from = to;
        }
        return assigned;
    }

    /** Percents between two borders have the same allocations. */
    private static SortedSet<Integer> borders(Bucket bucket) {
        TreeSet<Integer> borders = new TreeSet<>();
        for (Allocation allocation : bucket.allocations()) {
            borders.add(allocation.range().from());
            borders.add(allocation.range().to());
        }
        borders.add(PERCENTS);
        return borders.subSet(1, PERCENTS + 1);
    }

    private static long union(List<Range> ranges) {
        long covered = 0;
        int end = 0;
        ranges.sort(Comparator.comparingInt(Range::from));
        for (Range range : ranges) {
            int from = Math.max(end, range.from());
            int to = Math.min(HUNDREDTHS, range.to());
            if (to > from) {
                covered += to - from;
                end = to;
            }
        }
        return covered;
    }
}
