package io.variate.management.translation;

import io.variate.engine.model.Allocation;
import io.variate.engine.model.Bucket;
import io.variate.engine.model.Condition;
import io.variate.engine.model.Range;
import io.variate.engine.model.Segment;
import io.variate.management.model.AllocationMode;
import io.variate.management.model.Bucketing;
import io.variate.management.model.FlagVariant;
import io.variate.management.model.Inclusions;
import io.variate.management.model.Rollout;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Compiles the segments of one flag or group. */
final class SegmentCompiler {
    private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);
    private static final Range EVERYONE = new Range(0, 100);

    private final Bucketing bucketing;
    private final CompilerSettings settings;

    SegmentCompiler(Bucketing bucketing, CompilerSettings settings) {
        this.bucketing = bucketing;
        this.settings = settings;
    }

    /** A segment that forces a variant. */
    static Segment fixed(String name, String variant, @Nullable List<List<Condition>> conditions) {
        return new Segment(conditions, null, variant, Map.of("segmentName", name));
    }

    /** Who is included in a variant: as a user, as a device, or as a member of a cohort, also through a group. */
    Segment inclusions(String variant, Inclusions inclusions) {
        List<List<Condition>> alternatives = new ArrayList<>();
        if (!inclusions.users().isEmpty()) {
            alternatives.add(List.of(new Condition(Selectors.USER_ID, "is", inclusions.users())));
            alternatives.add(List.of(new Condition(Selectors.DEVICE_ID, "is", inclusions.users())));
        }
        if (!inclusions.cohorts().isEmpty()) {
            alternatives.add(List.of(new Condition(Selectors.COHORTS, "set contains any", inclusions.cohorts())));
            if (!bucketing.isByUser()) {
                alternatives.add(List.of(new Condition(
                        Selectors.groupCohorts(bucketing.unit()), "set contains any", inclusions.cohorts())));
            }
        }
        return fixed(SegmentNames.INCLUSIONS, variant, alternatives);
    }

    /**
     * Compiles the rollout of one audience: to one segment, or to two for the two meanings of {@code amplitude_id}.
     *
     * @param variants the keys of all variants, in order
     * @param conditions of the audience; all must hold
     * @param key the bucketing key of the segment
     */
    List<Segment> rollout(
            String name, List<Condition> conditions, Collection<String> variants, Rollout rollout, String key) {
        Map<String, Long> weights = weights(variants, rollout);
        String only = only(weights);
        if (rollout.percentage().signum() == 0) {
            return List.of(fixed(name, FlagVariant.OFF, audience(conditions)));
        }
        if (rollout.percentage().compareTo(HUNDRED) == 0 && only != null) {
            return List.of(fixed(name, only, audience(conditions)));
        }
        List<Allocation> allocations = List.of(allocation(weights, rollout));
        Bucketing own = bucketing.withKey(key);
        if (!isAmplitudeId(own)) {
            return List.of(split(name, conditions, Selectors.of(own), allocations));
        }
        return switch (settings.amplitudeId()) {
            case REFUSE -> List.of(split(name, conditions, Selectors.of(own), allocations));
            case USER_ID -> List.of(split(name, conditions, Selectors.USER_ID, allocations));
            case DEVICE_ID -> List.of(split(name, conditions, Selectors.DEVICE_ID, allocations));
            case BOTH -> {
                List<Condition> withUserId = new ArrayList<>(conditions);
                withUserId.add(new Condition(Selectors.USER_ID, "is not", List.of(Conditions.NONE)));
                yield List.of(
                        split(name, withUserId, Selectors.USER_ID, allocations),
                        split(name, conditions, Selectors.DEVICE_ID, allocations));
            }
        };
    }

    static boolean isAmplitudeId(Bucketing bucketing) {
        return bucketing.isByUser() && bucketing.key().equals(Bucketing.AMPLITUDE_ID);
    }

    private static @Nullable List<List<Condition>> audience(List<Condition> conditions) {
        return conditions.isEmpty() ? null : List.of(conditions);
    }

    private Segment split(
            String name, List<Condition> conditions, List<String> selector, List<Allocation> allocations) {
        return new Segment(
                audience(conditions),
                new Bucket(selector, bucketing.salt(), allocations),
                FlagVariant.OFF,
                Map.of("segmentName", name));
    }

    private static Allocation allocation(Map<String, Long> weights, Rollout rollout) {
        return rollout.mode() == AllocationMode.FINE
                ? new Allocation(EVERYONE, Shares.part(weights, rollout.percentage()))
                : new Allocation(new Range(0, rollout.percentage().intValueExact()), Shares.whole(weights));
    }

    /** The weights of the variants that exist. If all are 0, the variants share equally. */
    private static Map<String, Long> weights(Collection<String> variants, Rollout rollout) {
        boolean equal = variants.stream().allMatch(variant -> rollout.weight(variant) == 0);
        Map<String, Long> weights = new LinkedHashMap<>();
        variants.forEach(variant -> weights.put(variant, equal ? 1L : rollout.weight(variant)));
        return weights;
    }

    /** The only variant that has a weight, or null if there are several. */
    private static @Nullable String only(Map<String, Long> weights) {
        List<String> weighted = weights.entrySet().stream()
                .filter(each -> each.getValue() > 0)
                .map(Map.Entry::getKey)
                .toList();
        return weighted.size() == 1 ? weighted.get(0) : null;
    }
}
