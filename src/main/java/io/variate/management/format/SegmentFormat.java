package io.variate.management.format;

import io.variate.json.Problems;
import io.variate.json.TextForm;
import io.variate.management.model.AllocationMode;
import io.variate.management.model.Rollout;
import io.variate.management.model.TargetCondition;
import io.variate.management.model.TargetSegment;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Target segments, their conditions, and rollouts as JSON. */
final class SegmentFormat {
    static final String ALLOCATION_MODE = "allocationMode";
    static final String ROLLOUT_WEIGHTS = "rolloutWeights";
    static final String PERCENTAGE = "percentage";

    private static final String BUCKETING_KEY = "bucketingKey";
    private static final String GROUP_TYPE = "groupType";
    private static final String PROPERTY = "property";

    private static final Set<String> FIELDS =
            Set.of("name", "conditions", PERCENTAGE, ROLLOUT_WEIGHTS, BUCKETING_KEY, ALLOCATION_MODE);
    private static final Set<String> CONDITION_FIELDS = Set.of("type", "prop", "op", "values", GROUP_TYPE);

    private SegmentFormat() {}

    static TargetSegment read(@Nullable Object tree, Problems problems) {
        Fields fields = Fields.of(tree, problems);
        fields.rejectUnknown(FIELDS);
        for (String required : List.of("name", "conditions", PERCENTAGE, ROLLOUT_WEIGHTS)) {
            if (tree instanceof Map && !fields.has(required)) {
                fields.at(required).add("", "is required");
            }
        }
        return new TargetSegment(
                fields.text("name", Limits.NAME, ""),
                fields.list("conditions", Limits.CONDITIONS, SegmentFormat::condition),
                rollout(fields, PERCENTAGE),
                fields.has(BUCKETING_KEY) ? fields.key(BUCKETING_KEY, Limits.NAME) : null);
    }

    /** Reads a rollout. Without a mode, a percentage that is not whole is fine. */
    static Rollout rollout(Fields fields, String percentageField) {
        BigDecimal percentage = fields.percentage(percentageField);
        boolean whole = isWhole(percentage);
        AllocationMode mode = fields.choice(
                ALLOCATION_MODE,
                AllocationMode.values(),
                AllocationMode::text,
                whole ? AllocationMode.PERCENT : AllocationMode.FINE);
        if (mode == AllocationMode.PERCENT && !whole) {
            fields.at(percentageField).add("", "must be a whole number, because allocationMode is \"percent\"");
            percentage = BigDecimal.ZERO;
        }
        return new Rollout(percentage, fields.weights(ROLLOUT_WEIGHTS), mode);
    }

    static boolean isWhole(BigDecimal number) {
        return number.stripTrailingZeros().scale() <= 0;
    }

    private static TargetCondition condition(@Nullable Object tree, Problems problems) {
        Fields fields = Fields.of(tree, problems);
        fields.rejectUnknown(CONDITION_FIELDS);
        Object type = fields.reader().value("type");
        if (tree instanceof Map && !PROPERTY.equals(type)) {
            fields.at("type").add("", "must be \"property\"");
        }
        String op = fields.key("op", Limits.NAME);
        if (!op.isEmpty() && !TargetCondition.OPERATORS.contains(op)) {
            fields.at("op")
                    .add(
                            "",
                            "is not an operator; operators are "
                                    + String.join(
                                            ", ",
                                            TargetCondition.OPERATORS.stream()
                                                    .sorted()
                                                    .toList()));
        }
        if (tree instanceof Map && !fields.has("values")) {
            fields.at("values").add("", "is required");
        }
        return new TargetCondition(
                fields.key("prop", Limits.VALUE),
                op,
                fields.list("values", Limits.VALUES, SegmentFormat::value),
                fields.has(GROUP_TYPE) ? fields.key(GROUP_TYPE, Limits.NAME) : null);
    }

    /** Reads a filter value: a string, or the text of a number or boolean. */
    private static String value(@Nullable Object value, Problems problems) {
        String scalar = TextForm.ofScalar(value);
        if (scalar == null) {
            problems.add("", "must be a string, a number or a boolean");
            return "";
        }
        return Fields.text(scalar, problems, Limits.VALUE);
    }

    static Map<String, @Nullable Object> write(TargetSegment segment) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("name", segment.name());
        tree.put(
                "conditions",
                segment.conditions().stream().map(SegmentFormat::write).toList());
        tree.put(PERCENTAGE, number(segment.rollout().percentage()));
        tree.put(ROLLOUT_WEIGHTS, segment.rollout().weights());
        if (segment.bucketingKey() != null) {
            tree.put(BUCKETING_KEY, segment.bucketingKey());
        }
        tree.put(ALLOCATION_MODE, segment.rollout().mode().text());
        return tree;
    }

    private static Map<String, @Nullable Object> write(TargetCondition condition) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("type", PROPERTY);
        tree.put("prop", condition.prop());
        tree.put("op", condition.op());
        tree.put("values", condition.values());
        if (condition.groupType() != null) {
            tree.put(GROUP_TYPE, condition.groupType());
        }
        return tree;
    }

    /** A percentage as JSON writes it: never with an exponent. */
    static Number number(BigDecimal percentage) {
        return percentage.scale() <= 0 ? (Number) percentage.longValueExact() : percentage;
    }
}
