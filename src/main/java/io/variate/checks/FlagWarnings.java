package io.variate.checks;

import io.variate.engine.model.Allocation;
import io.variate.engine.model.Bucket;
import io.variate.engine.model.Distribution;
import io.variate.engine.model.Flag;
import io.variate.engine.model.Segment;
import io.variate.engine.model.Variant;
import io.variate.json.Problems;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Warns of what is probably not meant in a flag, whatever other flags there are. */
public final class FlagWarnings {
    private final Flag flag;
    private final FlagPlace place;

    private FlagWarnings(Flag flag, Problems place) {
        this.flag = flag;
        this.place = new FlagPlace(place);
    }

    /**
     * Adds the warnings of a flag.
     *
     * @param place collects problems, at the path of the flag
     */
    public static void add(Flag flag, Problems place) {
        FlagWarnings warnings = new FlagWarnings(flag, place);
        warnings.addMisspelt();
        warnings.addBuckets();
        warnings.addUnreachableSegments();
        warnings.addUnassignedVariants();
    }

    private void addMisspelt() {
        FlagPlace.forEachCondition(flag, (condition, segment, alternative, index) -> {
            if (condition.selector().size() > 1 && condition.selector().get(0).equals("context")) {
                addMisspelt(condition.selector(), segment, alternative, index);
            }
        });
    }

    private void addMisspelt(List<String> selector, int segment, int alternative, int index) {
        for (int step = 1; step < Math.min(3, selector.size()); step++) {
            String meant = BuiltInProperties.misspelt(selector, step);
            if (meant != null) {
                place.condition(segment, alternative, index)
                        .member("selector")
                        .element(step)
                        .warn("", "'" + selector.get(step) + "' is not built in; is '" + meant + "' meant?");
            }
        }
    }

    private void addBuckets() {
        for (int i = 0; i < flag.segments().size(); i++) {
            Bucket bucket = flag.segments().get(i).bucket();
            if (bucket != null) {
                if (bucket.salt().isEmpty()) {
                    place.bucket(i)
                            .member("salt")
                            .warn("", "is empty: flags without a salt put the same users into the same variants");
                }
                addBucketing(bucket.selector(), i);
                new Splits(bucket, i, place).addWarnings();
            }
        }
    }

    /** Properties of users and groups are names that applications choose, so only built-in names are checked. */
    private void addBucketing(List<String> selector, int segment) {
        if (selector.size() < 3
                || !selector.get(0).equals("context")
                || !selector.get(1).equals("user")
                || (selector.size() > 3 && BuiltInProperties.isContainer(selector.get(2)))
                || BuiltInProperties.hasValue(selector.get(2))) {
            return;
        }
        String meant = BuiltInProperties.misspelt(selector, 2);
        place.bucket(segment)
                .member("selector")
                .warn(
                        "",
                        "no built-in property of users is '" + selector.get(2)
                                + "', and users without a value get the variant of the segment"
                                + (meant == null ? "" : "; is '" + meant + "' meant?"));
    }

    private int reachableSegments() {
        for (int i = 0; i < flag.segments().size(); i++) {
            if (FlagPlace.decidesForAll(flag, flag.segments().get(i))) {
                return i + 1;
            }
        }
        return flag.segments().size();
    }

    private void addUnreachableSegments() {
        int reachable = reachableSegments();
        if (reachable < flag.segments().size()) {
            place.segment(reachable - 1)
                    .warn("", "has no conditions, so it applies to all users and later segments are never reached");
        }
    }

    /** A flag without a split, such as one that is off or on for everybody, has variants that are not in use on purpose. */
    private void addUnassignedVariants() {
        Set<String> assigned = new HashSet<>();
        boolean hasSplit = false;
        for (Segment segment : flag.segments().subList(0, reachableSegments())) {
            if (segment.variant() != null) {
                assigned.add(segment.variant());
            }
            hasSplit |= addAssigned(segment.bucket(), assigned);
        }
        if (hasSplit) {
            flag.variants().forEach((key, variant) -> {
                if (!assigned.contains(key) && !isDefault(key, variant)) {
                    place.variant(key).warn("", "no segment assigns this variant, so no user gets it");
                }
            });
        }
    }

    /** Adds the variants that a bucket assigns. Returns whether it assigns more than one. */
    private static boolean addAssigned(@Nullable Bucket bucket, Set<String> assigned) {
        Set<String> own = new HashSet<>();
        for (Allocation allocation : bucket == null ? List.<Allocation>of() : bucket.allocations()) {
            for (Distribution distribution : allocation.distributions()) {
                if (!allocation.range().isEmpty() && !distribution.range().isEmpty()) {
                    own.add(distribution.variant());
                }
            }
        }
        assigned.addAll(own);
        return own.size() > 1;
    }

    private static boolean isDefault(String key, Variant variant) {
        Map<String, @Nullable Object> metadata = variant.metadata();
        return key.equals("off") || (metadata != null && Boolean.TRUE.equals(metadata.get("default")));
    }
}
