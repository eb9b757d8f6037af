package io.variate.management.translation;

import io.variate.engine.model.Distribution;
import io.variate.engine.model.Range;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Weights as ranges of hashes. In percent mode they are exactly those of Amplitude, which overlap by one or two hashes: the
 * first range that contains a hash wins. In fine mode each variant has a home, which is what wins in percent mode, and gets
 * the first part of it.
 */
final class Shares {
    /** The number of hashes that distributions divide. */
    static final long HASHES = 42_949_673;

    private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);

    private Shares() {}

    /**
     * Returns the distributions of the variants that have a weight.
     *
     * @param weights by the key of each variant, in the order of variants; at least one above 0
     */
    static List<Distribution> whole(Map<String, Long> weights) {
        long total = total(weights);
        List<Distribution> distributions = new ArrayList<>();
        long before = 0;
        for (Map.Entry<String, Long> weight : weights.entrySet()) {
            long after = before + weight.getValue();
            if (after > before) {
                long start = (HASHES - 1) * before / total;
                distributions.add(distribution(weight.getKey(), start, end(after, total)));
            }
            before = after;
        }
        return distributions;
    }

    /** Like {@link #whole}, for a percentage of the home of each variant. A variant whose part is empty is left out. */
    static List<Distribution> part(Map<String, Long> weights, BigDecimal percentage) {
        long total = total(weights);
        List<Distribution> distributions = new ArrayList<>();
        long before = 0;
        for (Map.Entry<String, Long> weight : weights.entrySet()) {
            long after = before + weight.getValue();
            long start = end(before, total);
            long length = part(end(after, total) - start, percentage);
            if (length > 0) {
                distributions.add(distribution(weight.getKey(), start, start + length));
            }
            before = after;
        }
        return distributions;
    }

    private static long part(long home, BigDecimal percentage) {
        return percentage
                .multiply(BigDecimal.valueOf(home))
                .divide(HUNDRED, 0, RoundingMode.HALF_UP)
                .longValueExact();
    }

    private static long total(Map<String, Long> weights) {
        return weights.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Rounds up, which is the integer form of {@code hash < HASHES * sum / total}. */
    private static long end(long sum, long total) {
        return (HASHES * sum + total - 1) / total;
    }

    private static Distribution distribution(String variant, long start, long end) {
        return new Distribution(variant, new Range(Math.toIntExact(start), Math.toIntExact(end)));
    }
}
