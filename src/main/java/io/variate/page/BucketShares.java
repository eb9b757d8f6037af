package io.variate.page;

import io.variate.engine.model.Allocation;
import io.variate.engine.model.Bucket;
import io.variate.engine.model.Distribution;
import io.variate.engine.model.Range;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * The share of all users that a bucket gives to each variant, for uniform hashes. The rest, up to 1, gets no variant.
 *
 * <p>Of a 32-bit hash, {@code hash mod 100} selects the allocation and {@code hash / 100} the distribution.
 */
final class BucketShares {
    private static final int PERCENTS = 100;

    /** One more than the largest {@code hash / 100}. */
    private static final int HUNDREDTHS = 42_949_673;

    private BucketShares() {}

    /** Shares from 0 to 1 by variant key, without variants that have no share. */
    static Map<String, Double> of(Bucket bucket) {
        Map<String, Double> shares = new HashMap<>();
        for (int percent = 0; percent < PERCENTS; percent++) {
            int place = percent;
            add(
                    shares,
                    bucket.allocations().stream()
                            .filter(allocation -> contains(allocation.range(), place))
                            .map(Allocation::distributions)
                            .flatMap(List::stream)
                            .toList());
        }
        return shares;
    }

    /** Adds the distributions of all allocations that contain a percent, in order: the first match wins. */
    private static void add(Map<String, Double> shares, List<Distribution> inTurn) {
        TreeSet<Integer> borders = new TreeSet<>(List.of(0, HUNDREDTHS));
        for (Distribution distribution : inTurn) {
            borders.add(clamp(distribution.range().from()));
            borders.add(clamp(distribution.range().to()));
        }
        int from = 0;
        for (int to : borders.tailSet(0, false)) {
            int start = from;
            double width = (to - from) / (double) HUNDREDTHS / PERCENTS;
            inTurn.stream()
                    .filter(distribution -> contains(distribution.range(), start))
                    .findFirst()
                    .ifPresent(distribution -> shares.merge(distribution.variant(), width, Double::sum));
            from = to;
        }
    }

    private static boolean contains(Range range, int number) {
        return number >= range.from() && number < range.to();
    }

    private static int clamp(int hundredth) {
        return Math.max(0, Math.min(hundredth, HUNDREDTHS));
    }
}
