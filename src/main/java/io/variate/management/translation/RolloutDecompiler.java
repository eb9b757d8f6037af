package io.variate.management.translation;

import io.variate.engine.model.Allocation;
import io.variate.engine.model.Distribution;
import io.variate.management.model.AllocationMode;
import io.variate.management.model.Rollout;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Recovers percentages and weights from ranges of hashes. */
final class RolloutDecompiler {
    /** Weights whose sum is larger are tried only as thousandths and finer decimal shares. */
    private static final long MAX_TOTAL = 1_000;

    private static final List<Long> FINER_TOTALS = List.of(10_000L, 100_000L, 1_000_000L);

    private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);
    private static final BigDecimal HALF = new BigDecimal("0.5");

    private RolloutDecompiler() {}

    /** Returns a rollout that compiles to the allocations, or throws {@link NotManagedException}. */
    static Rollout rollout(List<Allocation> allocations) {
        if (allocations.size() != 1) {
            throw new NotManagedException("has a bucket with several allocations");
        }
        Allocation allocation = allocations.get(0);
        int percentage = allocation.range().to();
        if (allocation.range().from() != 0 || percentage < 1 || percentage > 100) {
            throw new NotManagedException("has an allocation that does not start at 0");
        }
        List<Distribution> distributions = allocation.distributions();
        Map<String, Long> weights = whole(distributions);
        if (weights != null) {
            return new Rollout(percentage, weights);
        }
        Rollout fine = percentage == 100 ? fine(distributions) : null;
        if (fine == null) {
            throw new NotManagedException("has distributions that no weights lead to");
        }
        return fine;
    }

    /** Returns the smallest weights that lead to distributions in percent mode, or null. */
    private static @Nullable Map<String, Long> whole(List<Distribution> distributions) {
        List<Long> ends =
                distributions.stream().map(each -> (long) each.range().to()).toList();
        for (long total = 1; total <= MAX_TOTAL; total++) {
            Map<String, Long> weights = weights(distributions, ends, total);
            if (weights != null && Shares.whole(weights).equals(distributions)) {
                return weights;
            }
        }
        for (long total : FINER_TOTALS) {
            Map<String, Long> weights = weights(distributions, ends, total);
            if (weights != null && Shares.whole(weights).equals(distributions)) {
                return weights;
            }
        }
        return null;
    }

    /**
     * Returns positive weights with a sum, or null.
     *
     * @param ends where the share of each variant ends
     */
    static @Nullable Map<String, Long> weights(List<Distribution> distributions, List<Long> ends, long total) {
        Map<String, Long> weights = new LinkedHashMap<>();
        long before = 0;
        for (int i = 0; i < distributions.size(); i++) {
            long after = ends.get(i) * total / Shares.HASHES;
            if (after <= before || weights.put(distributions.get(i).variant(), after - before) != null) {
                return null;
            }
            before = after;
        }
        return before == total ? weights : null;
    }

    private static @Nullable Rollout fine(List<Distribution> distributions) {
        List<Long> ends = new ArrayList<>();
        for (int i = 1; i < distributions.size(); i++) {
            ends.add((long) distributions.get(i).range().from());
        }
        ends.add(Shares.HASHES);
        for (long total = 1; total <= MAX_TOTAL; total++) {
            Rollout rollout = fine(distributions, ends, total);
            if (rollout != null) {
                return rollout;
            }
        }
        for (long total : FINER_TOTALS) {
            Rollout rollout = fine(distributions, ends, total);
            if (rollout != null) {
                return rollout;
            }
        }
        return null;
    }

    private static @Nullable Rollout fine(List<Distribution> distributions, List<Long> ends, long total) {
        Map<String, Long> weights = distributions.isEmpty() ? null : weights(distributions, ends, total);
        BigDecimal percentage = weights == null ? null : percentage(distributions, ends);
        return weights != null
                        && percentage != null
                        && Shares.part(weights, percentage).equals(distributions)
                ? new Rollout(percentage, weights, AllocationMode.FINE)
                : null;
    }

    /** Returns the shortest decimal that leads to the length of every part, or null. */
    private static @Nullable BigDecimal percentage(List<Distribution> distributions, List<Long> ends) {
        BigDecimal low = BigDecimal.ZERO;
        BigDecimal high = HUNDRED;
        long start = 0;
        for (int i = 0; i < distributions.size(); i++) {
            BigDecimal home = BigDecimal.valueOf(ends.get(i) - start);
            BigDecimal length =
                    BigDecimal.valueOf((long) distributions.get(i).range().to()
                            - distributions.get(i).range().from());
            if (home.signum() <= 0) {
                return null;
            }
            low = low.max(share(length.subtract(HALF), home, RoundingMode.CEILING));
            high = high.min(share(length.add(HALF), home, RoundingMode.FLOOR));
            start = ends.get(i);
        }
        for (int scale = 0; scale <= Rollout.MAX_DECIMALS; scale++) {
            BigDecimal shortest = low.setScale(scale, RoundingMode.CEILING);
            if (shortest.compareTo(high) <= 0) {
                return shortest.signum() == 0 ? null : shortest;
            }
        }
        return null;
    }

    private static BigDecimal share(BigDecimal length, BigDecimal home, RoundingMode rounding) {
        return length.multiply(HUNDRED).divide(home, 12, rounding);
    }
}
