package io.variate.checks;

import io.variate.engine.model.Allocation;
import io.variate.engine.model.Bucket;
import io.variate.engine.model.Distribution;
import io.variate.engine.model.Flag;
import io.variate.engine.model.Range;
import io.variate.engine.model.Segment;
import io.variate.json.Problems;
import java.util.List;

/** Reports what can never be meant in a flag, whatever other flags there are. */
public final class FlagErrors {
    /** The end of the range of all allocations, in percent. */
    static final int ALL_PERCENT = 100;

    /** The end of the range of all distributions: the number of quotients of a 32-bit hash by 100. */
    static final int ALL_SHARES = 42_949_673;

    private final Flag flag;
    private final FlagPlace place;

    private FlagErrors(Flag flag, Problems place) {
        this.flag = flag;
        this.place = new FlagPlace(place);
    }

    /**
     * Adds the errors of a flag.
     *
     * @param place collects problems, at the path of the flag
     */
    public static void add(Flag flag, Problems place) {
        new FlagErrors(flag, place).add();
    }

    private void add() {
        FlagPlace.forEachCondition(flag, (condition, segment, alternative, index) -> {
            if (isWrong(condition.selector())) {
                addSelector(condition.selector(), place.condition(segment, alternative, index));
            }
        });
        for (int i = 0; i < flag.segments().size(); i++) {
            Segment segment = flag.segments().get(i);
            String variant = segment.variant();
            if (variant != null && isUnknown(variant)) {
                addUnknown(variant, place.segment(i));
            }
            Bucket bucket = segment.bucket();
            if (bucket != null) {
                add(bucket, i);
            }
        }
    }

    private void add(Bucket bucket, int segment) {
        if (isWrong(bucket.selector())) {
            addSelector(bucket.selector(), place.bucket(segment));
        }
        for (int i = 0; i < bucket.allocations().size(); i++) {
            Allocation allocation = bucket.allocations().get(i);
            if (isWrong(allocation.range(), ALL_PERCENT)) {
                addRange(allocation.range(), ALL_PERCENT, place.allocation(segment, i));
            }
            for (int j = 0; j < allocation.distributions().size(); j++) {
                Distribution distribution = allocation.distributions().get(j);
                if (isWrong(distribution.range(), ALL_SHARES)) {
                    addRange(distribution.range(), ALL_SHARES, place.distribution(segment, i, j));
                }
                if (isUnknown(distribution.variant())) {
                    addUnknown(distribution.variant(), place.distribution(segment, i, j));
                }
            }
        }
    }

    private boolean isUnknown(String variant) {
        return !flag.variants().containsKey(variant);
    }

    private static void addUnknown(String variant, Problems owner) {
        owner.member("variant").add("", "the flag has no variant with the key '" + variant + "'");
    }

    private static boolean isWrong(Range range, int end) {
        return range.from() < 0 || range.to() > end || range.from() > range.to();
    }

    private static void addRange(Range range, int end, Problems owner) {
        owner.member("range")
                .add(
                        "",
                        range.from() > range.to()
                                ? "is inverted: " + range.from() + " is above " + range.to()
                                : "must be within 0 and " + end + ", was " + range.from() + " to " + range.to());
    }

    private boolean isWrong(List<String> selector) {
        String root = selector.isEmpty() ? "" : selector.get(0);
        return root.equals("result")
                ? selector.size() > 1 && !flag.dependencies().contains(selector.get(1))
                : !root.equals("context");
    }

    private static void addSelector(List<String> selector, Problems owner) {
        Problems place = owner.member("selector");
        if (selector.isEmpty() || !selector.get(0).equals("result")) {
            (selector.isEmpty() ? place : place.element(0)).add("", "must start with \"context\" or \"result\"");
        } else {
            place.element(1)
                    .add(
                            "",
                            "the flag '" + selector.get(1)
                                    + "' is not among the dependencies, so it has no result here");
        }
    }
}
