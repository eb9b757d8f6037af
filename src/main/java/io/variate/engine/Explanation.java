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
 * Explains the result of a flag for one user. Immutable; contains personal data of that user.
 *
 * @param flagKey the key of the flag
 * @param variant the result, or null if there is none
 * @param reason the deciding rule
 * @param segments all segments of the flag in order, including those not reached
 * @param dependencies the keys of the flags on whose results this one may depend
 * @param error the failure, or null
 */
public record Explanation(
        String flagKey,
        @Nullable EvaluatedVariant variant,
        Reason reason,
        List<SegmentVisit> segments,
        List<String> dependencies,
        @Nullable String error) {

    /** The rule that decided the result. */
    public enum Reason {
        /** The flag lists the user or device. */
        INDIVIDUAL_INCLUSION,
        /** A flag that this one depends on did not have the required result. */
        FLAG_DEPENDENCY,
        /** The user keeps the variant of an earlier evaluation. */
        STICKY_BUCKETING,
        /** The conditions of a segment hold. */
        SEGMENT,
        /** A segment matches, but its bucket has no share for this user, who gets the variant of the segment. */
        NOT_ALLOCATED,
        /** A segment matches, but there is no bucketing value, so the user gets the variant of the segment. */
        NO_BUCKETING_VALUE,
        /** A segment without conditions matched after no earlier segment assigned a variant. */
        FALLTHROUGH,
        /** No segment assigned a variant. */
        NO_MATCH,
        /** The flag could not be evaluated. */
        ERROR;

        /** The name in JSON: lower case with hyphens. */
        public String label() {
            return hyphenated(this);
        }
    }

    /** The outcome of a segment. */
    public enum Outcome {
        /** The segment assigned the variant. */
        DECIDED,
        /** The segment matches but assigned no variant. */
        MATCHED,
        /** The conditions do not hold. */
        NOT_MATCHED,
        /** An earlier segment assigned the variant. */
        NOT_REACHED
    }

    /**
     * A segment and its outcome.
     *
     * @param name the segment name in its metadata, or null
     * @param variant the key of the variant for users without a share of the bucket, or null
     * @param alternatives the lists of conditions, one of which must hold as a whole; null if the segment matches every
     *     user
     * @param bucket splits the users whom the segment matches, or null
     * @param draw the bucketing, or null if there is no bucket or it was not reached
     */
    public record SegmentVisit(
            @Nullable String name,
            @Nullable String variant,
            Outcome outcome,
            @Nullable List<List<ConditionTest>> alternatives,
            @Nullable Bucket bucket,
            @Nullable Draw draw) {}

    /**
     * A condition and its outcome.
     *
     * @param tested false if the outcome of the segment was certain without it; {@code seen} and {@code held} are then
     *     meaningless
     * @param seen the selected value, or null if there is none
     */
    public record ConditionTest(
            Condition condition, boolean tested, @Nullable Object seen, boolean held) {}

    /**
     * The bucketing of a user.
     *
     * @param value the text hashed after the salt and a slash; null if there was none, in which case the numbers are
     *     meaningless
     * @param hash the unsigned murmur3 hash
     * @param percent the position among allocations: hash mod 100
     * @param share the position among distributions: hash / 100
     * @param allocation the index of the matching allocation, or -1
     * @param distribution the index of the matching distribution within it, or -1
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
                                    flag.segments().get(i).bucket(),
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
        return new SegmentVisit(
                nameOf(segment), segment.variant(), outcome, alternatives, segment.bucket(), visit.draw());
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

    /** Returns the explanation as a JSON tree. */
    public Map<String, @Nullable Object> asTree() {
        return ExplanationTree.of(this);
    }

    static String hyphenated(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
