package io.variate.engine;

import io.variate.engine.model.Allocation;
import io.variate.engine.model.Bucket;
import io.variate.engine.model.Distribution;
import io.variate.engine.model.Range;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The share of all users that a bucket gives to each variant, for uniform hashes. The rest, up to 1, gets no variant.
 *
 * <p>Of a 32-bit hash, {@code hash mod 100} selects the allocation and {@code hash / 100} the distribution.
 */
public final class BucketShares {
    private static final int PERCENTS = 100;

    /** One more than the largest {@code hash / 100}. */
    private static final int HUNDREDTHS = 42_949_673;

    private BucketShares() {}

    /** Shares from 0 to 1 by variant key, without variants that have no share. */
    public static Map<String, Double> of(Bucket bucket) {
        Map<String, Double> shares = new LinkedHashMap<>();
        int from = 0;
        // Percents between two borders have the same allocations.
        for (int to : borders(bucket)) {
            add(shares, bucket, from, (to - from) / (double) PERCENTS);
            from = to;
        }
        return shares;
    }

    private static Iterable<Integer> borders(Bucket bucket) {
        TreeSet<Integer> borders = new TreeSet<>();
        for (Allocation allocation : bucket.allocations()) {
            borders.add(allocation.range().from());
            borders.add(allocation.range().to());
        }
        borders.add(PERCENTS);
        return borders.subSet(1, PERCENTS + 1);
    }

    /** Adds the distributions of all allocations that contain a percent, in order: the first match wins. */
    private static void add(Map<String, Double> shares, Bucket bucket, int percent, double weight) {
        TreeMap<Integer, Integer> free = new TreeMap<>(Map.of(0, HUNDREDTHS));
        for (Allocation allocation : bucket.allocations()) {
            if (allocation.range().contains(percent)) {
                for (Distribution distribution : allocation.distributions()) {
                    long taken = take(free, distribution.range());
                    if (taken > 0) {
                        shares.merge(distribution.variant(), weight * taken / HUNDREDTHS, Double::sum);
                    }
                }
            }
        }
    }

    /** Takes the free parts of a range, and returns their width. Each part is taken once, so all ranges take n log n. */
    private static long take(NavigableMap<Integer, Integer> free, Range range) {
        long taken = 0;
        Map.Entry<Integer, Integer> part = free.lowerEntry(range.to());
        while (part != null && part.getValue() > range.from()) {
            int from = Math.max(part.getKey(), range.from());
            int to = Math.min(part.getValue(), range.to());
            if (from >= to) {
                break;
            }
            taken += to - from;
            free.remove(part.getKey());
            if (part.getKey() < from) {
                free.put(part.getKey(), from);
            }
            if (to < part.getValue()) {
                free.put(to, part.getValue());
            }
            part = free.lowerEntry(from);
        }
        return taken;
    }
}
