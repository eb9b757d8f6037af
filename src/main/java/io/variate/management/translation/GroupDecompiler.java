package io.variate.management.translation;

import io.variate.engine.model.Bucket;
import io.variate.engine.model.Distribution;
import io.variate.engine.model.Flag;
import io.variate.engine.model.Segment;
import io.variate.engine.model.Variant;
import io.variate.management.model.Bucketing;
import io.variate.management.model.EvaluationMode;
import io.variate.management.model.FlagVariant;
import io.variate.management.model.HoldoutGroup;
import io.variate.management.model.Inclusions;
import io.variate.management.model.MutexGroup;
import io.variate.management.model.RawFlag;
import io.variate.management.model.Resource;
import io.variate.management.model.ResourceKind;
import io.variate.management.model.Slot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Decompiles one group. As in {@link FlagDecompiler}, the caller compares. Single use. */
final class GroupDecompiler {
    /** The percentages of a group sum up to this. */
    private static final long TOTAL = 100;

    private final Resource present;
    private final Flag flag;
    private final References references;
    private final Splits splits = new Splits();
    private final Map<String, Inclusions> inclusions = new HashMap<>();

    /** Percentages by variant, in the order of ranges. */
    private final Map<String, Long> percentages = new LinkedHashMap<>();

    private @Nullable Bucketing bucketing;

    GroupDecompiler(Resource present, Flag flag, References references) {
        this.present = present;
        this.flag = flag;
        this.references = references;
    }

    MutexGroup mutex() {
        readSegments();
        List<Slot> slots = new ArrayList<>();
        for (Map.Entry<String, Long> each : percentages.entrySet()) {
            if (!each.getKey().equals(MutexGroup.UNALLOCATED)) {
                slots.add(slot(each.getKey(), each.getValue(), slots.size() + 1));
            }
        }
        return new MutexGroup(
                present.id(),
                present.project(),
                present.key(),
                name(),
                description(),
                mode(),
                bucketing(),
                slots,
                false);
    }

    private Slot slot(String variant, long percentage, int index) {
        List<Long> experiments = new ArrayList<>();
        List<Long> holdouts = new ArrayList<>();
        for (long member : members(variant)) {
            Resource found = references.find(member);
            (found != null && found.kind() == ResourceKind.HOLDOUT ? holdouts : experiments).add(member);
        }
        Inclusions some = inclusions.getOrDefault(variant, Inclusions.NONE);
        String name = present instanceof MutexGroup group && group.slots().size() >= index
                ? group.slots().get(index - 1).name()
                : Slot.name(index);
        return new Slot(
                name, variant, Math.toIntExact(percentage), experiments, holdouts, some.users(), some.cohorts());
    }

    HoldoutGroup holdout() {
        readSegments();
        String variant = percentages.keySet().stream()
                .filter(key -> !key.equals(HoldoutGroup.HELD_OUT))
                .findFirst()
                .orElseThrow(() -> new NotManagedException("has no variant beside holdout"));
        return new HoldoutGroup(
                present.id(),
                present.project(),
                present.key(),
                name(),
                description(),
                Math.toIntExact(percentages.getOrDefault(HoldoutGroup.HELD_OUT, 0L)),
                mode(),
                bucketing(),
                variant,
                members(variant),
                inclusions.getOrDefault(HoldoutGroup.HELD_OUT, Inclusions.NONE).users(),
                inclusions.getOrDefault(variant, Inclusions.NONE).users(),
                false);
    }

    private void readSegments() {
        for (Segment segment : flag.segments()) {
            Map<String, @Nullable Object> metadata = segment.metadata();
            Object name = metadata == null ? null : metadata.get("segmentName");
            String variant = segment.variant() == null ? FlagVariant.OFF : segment.variant();
            if (SegmentNames.INCLUSIONS.equals(name)) {
                inclusions.put(variant, FlagDecompiler.inclusions(segment, splits::unit));
            } else if (SegmentNames.OTHERS.equals(name)) {
                readSplit(segment, variant);
            }
        }
        if (percentages.isEmpty()) {
            throw new NotManagedException("has no segment 'All Other Users'");
        }
    }

    private void readSplit(Segment segment, String variant) {
        Bucket bucket = segment.bucket();
        if (bucket == null) {
            percentages.put(variant, TOTAL);
            return;
        }
        List<Distribution> distributions = bucket.allocations().isEmpty()
                ? List.of()
                : bucket.allocations().get(0).distributions();
        List<Long> ends =
                distributions.stream().map(each -> (long) each.range().to()).toList();
        Map<String, Long> weights = RolloutDecompiler.weights(distributions, ends, TOTAL);
        if (weights == null) {
            throw new NotManagedException("has shares that are no whole percentages");
        }
        // The second of two segments that amplitude_id compiles to has the same shares.
        String key = percentages.isEmpty() ? null : Bucketing.AMPLITUDE_ID;
        percentages.putAll(weights);
        bucketing = splits.bucketing(bucket, key);
    }

    private Bucketing bucketing() {
        if (bucketing != null) {
            return bucketing;
        }
        if (present instanceof MutexGroup group) {
            return group.bucketing();
        }
        return new Bucketing("user_id", present.key(), Bucketing.USER);
    }

    private EvaluationMode mode() {
        Map<String, @Nullable Object> metadata = Objects.requireNonNull(flag.metadata());
        return FlagDecompiler.mode(metadata.get("evaluationMode"));
    }

    /** The ids in the payload of a variant. */
    private List<Long> members(String key) {
        Variant variant = flag.variants().get(key);
        List<Long> members = new ArrayList<>();
        if (variant != null
                && variant.payload() instanceof Map<?, ?> payload
                && payload.get("flagIds") instanceof List<?> ids) {
            for (Object id : ids) {
                try {
                    members.add(Long.parseLong(String.valueOf(id)));
                } catch (NumberFormatException e) {
                    throw new NotManagedException("has a payload with ids that are no numbers");
                }
            }
        }
        return members;
    }

    private String name() {
        if (present instanceof MutexGroup group) {
            return group.name();
        }
        if (present instanceof HoldoutGroup group) {
            return group.name();
        }
        return present instanceof RawFlag raw ? raw.name() : present.key();
    }

    private String description() {
        if (present instanceof MutexGroup group) {
            return group.description();
        }
        if (present instanceof HoldoutGroup group) {
            return group.description();
        }
        return present instanceof RawFlag raw ? raw.description() : "";
    }
}
