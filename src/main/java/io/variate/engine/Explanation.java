package io.variate.engine;

import io.variate.engine.model.Bucket;
import io.variate.engine.model.Condition;
import io.variate.engine.model.Flag;
import io.variate.engine.model.Segment;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Why a flag came to what it came to for one user. Immutable; contains personal data of that user.
 *
 * @param flagKey which flag
 * @param variant the result, or null if there is none
 * @param reason in one word
 * @param segments all segments of the flag in order, also those that were not reached
 * @param dependencies keys of the flags whose results this one may depend on
 * @param error what went wrong, or null
 */
public record Explanation(
        String flagKey,
        @Nullable EvaluatedVariant variant,
        Reason reason,
        List<SegmentVisit> segments,
        List<String> dependencies,
        @Nullable String error) {

    /** Why, in one word. */
    public enum Reason {
        /** The user or device is listed by the flag. */
        INDIVIDUAL_INCLUSION,
        /** Another flag, which this one depends on, did not come out as needed. */
        FLAG_DEPENDENCY,
        /** The user keeps the variant of an earlier time. */
        STICKY_BUCKETING,
        /** The conditions of a segment hold. */
        SEGMENT,
        /** A segment matches, but its bucket has no share for this user, who gets the segment's own variant. */
        NOT_ALLOCATED,
        /** A segment matches, but there is no value to draw by, so the user gets the segment's own variant. */
        NO_BUCKETING_VALUE,
        /** A segment without conditions took everyone whom no earlier segment gave a variant. */
        FALLTHROUGH,
        /** No segment gave a variant. */
        NO_MATCH,
        /** The flag could not be evaluated. */
        ERROR;

        /** The name in documents: lower case, with hyphens. */
        public String label() {
            return hyphenated(this);
        }
    }

    /** What became of a segment. */
    public enum Outcome {
        /** It gave the variant. */
        DECIDED,
        /** It matches, but had no variant to give. */
        MATCHED,
        /** Its conditions do not hold. */
        NOT_MATCHED,
        /** An earlier one had decided. */
        NOT_REACHED
    }

    /**
     * A segment and what happened there.
     *
     * @param name as its metadata give it, or null
     * @param variant key of the variant for those whom the bucket has no share for, or null
     * @param alternatives lists of conditions of which one must hold as a whole, or null if the segment takes everyone
     * @param draw how the bucket divided, or null if there is no bucket or it was not reached
     */
    public record SegmentVisit(
            @Nullable String name,
            @Nullable String variant,
            Outcome outcome,
            @Nullable List<List<ConditionTest>> alternatives,
            @Nullable Draw draw) {}

    /**
     * A condition and how it came out.
     *
     * @param tested false if the outcome was certain without it; then value and held mean nothing
     * @param seen the value that the selector leads to, or null if there is none
     */
    public record ConditionTest(
            Condition condition, boolean tested, @Nullable Object seen, boolean held) {}

    /**
     * How a bucket divided.
     *
     * @param value the text that was hashed after the salt and a slash; null if there was none, and then the numbers
     *     mean nothing
     * @param hash murmur3, unsigned
     * @param percent the place among allocations: hash mod 100
     * @param share the place among distributions: hash / 100
     * @param allocation index of the allocation that took the user, or -1
     * @param distribution index of the distribution within it, or -1
     */
    public record Draw(
            Bucket bucket,
            @Nullable String value,
            long hash,
            int percent,
            int share,
            int allocation,
            int distribution) {

        static Draw withoutValue(Bucket bucket) {
            return new Draw(bucket, null, 0, 0, 0, -1, -1);
        }
    }

    static Explanation of(Flag flag, Trace trace, @Nullable EvaluatedVariant variant, @Nullable Throwable failure) {
        List<SegmentVisit> segments = new ArrayList<>();
        for (int i = 0; i < flag.segments().size(); i++) {
            boolean last = i == trace.visits().size() - 1;
            segments.add(
                    i < trace.visits().size()
                            ? visited(flag.segments().get(i), trace.visits().get(i), last && variant != null)
                            : new SegmentVisit(
                                    nameOf(flag.segments().get(i)),
                                    flag.segments().get(i).variant(),
                                    Outcome.NOT_REACHED,
                                    tests(flag.segments().get(i), new Trace.Visit()),
                                    null));
        }
        return new Explanation(
                flag.key(),
                variant,
                failure != null ? Reason.ERROR : reason(flag, trace, variant),
                List.copyOf(segments),
                flag.dependencies(),
                failure == null ? null : String.valueOf(failure));
    }

    private static SegmentVisit visited(Segment segment, Trace.Visit visit, boolean decided) {
        List<List<ConditionTest>> alternatives = tests(segment, visit);
        Outcome outcome = decided ? Outcome.DECIDED : matches(alternatives) ? Outcome.MATCHED : Outcome.NOT_MATCHED;
        return new SegmentVisit(nameOf(segment), segment.variant(), outcome, alternatives, visit.draw());
    }

    private static boolean matches(@Nullable List<List<ConditionTest>> alternatives) {
        return alternatives == null
                || alternatives.stream().anyMatch(all -> all.stream().allMatch(ConditionTest::held));
    }

    private static @Nullable List<List<ConditionTest>> tests(Segment segment, Trace.Visit visit) {
        List<List<Condition>> alternatives = segment.conditions();
        if (alternatives == null) {
            return null;
        }
        List<List<ConditionTest>> all = new ArrayList<>();
        for (List<Condition> conditions : alternatives) {
            List<ConditionTest> tests = new ArrayList<>();
            conditions.forEach(condition -> tests.add(new ConditionTest(condition, false, null, false)));
            all.add(tests);
        }
        for (Trace.Test test : visit.tests()) {
            Condition condition = alternatives.get(test.alternative()).get(test.index());
            all.get(test.alternative()).set(test.index(), new ConditionTest(condition, true, test.seen(), test.held()));
        }
        return List.copyOf(all);
    }

    private static Reason reason(Flag flag, Trace trace, @Nullable EvaluatedVariant variant) {
        if (variant == null) {
            return Reason.NO_MATCH;
        }
        int last = trace.visits().size() - 1;
        Segment segment = flag.segments().get(last);
        return switch (String.valueOf(nameOf(segment))) {
            case "individual-inclusions" -> Reason.INDIVIDUAL_INCLUSION;
            case "flag-dependencies" -> Reason.FLAG_DEPENDENCY;
            case "sticky-bucketing" -> Reason.STICKY_BUCKETING;
            default -> reason(segment, trace.visits().get(last).draw());
        };
    }

    private static Reason reason(Segment segment, @Nullable Draw draw) {
        if (draw != null && draw.value() == null) {
            return Reason.NO_BUCKETING_VALUE;
        }
        if (draw != null && draw.allocation() < 0) {
            return Reason.NOT_ALLOCATED;
        }
        return segment.conditions() == null ? Reason.FALLTHROUGH : Reason.SEGMENT;
    }

    private static @Nullable String nameOf(Segment segment) {
        Map<String, @Nullable Object> metadata = segment.metadata();
        return metadata != null && metadata.get("segmentName") instanceof String name ? name : null;
    }

    /** The explanation as a JSON tree. */
    public Map<String, @Nullable Object> asTree() {
        return ExplanationTree.of(this);
    }

    static String hyphenated(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
