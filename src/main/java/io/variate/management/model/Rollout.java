package io.variate.management.model;

import java.math.BigDecimal;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The share of an audience that gets variants, and how they divide it. Immutable.
 *
 * @param percentage from 0 to 100, without trailing zeros
 * @param weights the relative weight of each variant, by its key; a variant without one has weight 0
 * @param mode how the percentage selects users
 */
public record Rollout(BigDecimal percentage, Map<String, Long> weights, AllocationMode mode) {
    /** The most decimals of a percentage: one millionth of the audience. */
    public static final int MAX_DECIMALS = 4;

    /** Nobody gets a variant. */
    public static final Rollout NONE = new Rollout(BigDecimal.ZERO, Map.of(), AllocationMode.PERCENT);

    public Rollout {
        percentage = plain(percentage);
        weights = Collections.unmodifiableMap(new LinkedHashMap<>(weights));
    }

    /** A rollout in whole percents. */
    public Rollout(long percentage, Map<String, Long> weights) {
        this(BigDecimal.valueOf(percentage), weights, AllocationMode.PERCENT);
    }

    /** The weight of a variant, 0 if it has none. */
    public long weight(String variant) {
        return weights.getOrDefault(variant, 0L);
    }

    public Rollout withPercentage(BigDecimal changed) {
        return new Rollout(changed, weights, mode);
    }

    public Rollout withWeights(Map<String, Long> changed) {
        return new Rollout(percentage, changed, mode);
    }

    private static BigDecimal plain(BigDecimal number) {
        BigDecimal stripped = number.stripTrailingZeros();
        return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
    }
}
