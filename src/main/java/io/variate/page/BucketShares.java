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
 * Which share of all users a bucket gives to each variant, if hashes are uniform. The rest, up to 1, gets nothing.
 *
 * <p>Of 32 bits of hash, {@code hash mod 100} chooses among allocations and {@code hash / 100} among distributions.
 */
final class BucketShares {
    private static final int PERCENTS = 100;

    /** One more than the largest {@code hash / 100}. */
    private static final int HUNDREDTHS = 42_949_673;

    private BucketShares() {}

    /** Shares from 0 to 1 by the variants' keys, without variants that get nothing. */
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

    /** The distributions of all allocations that take a percent, one after the other: the first that fits wins. */
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
