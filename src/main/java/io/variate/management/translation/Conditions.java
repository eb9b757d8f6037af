package io.variate.management.translation;

import io.variate.engine.model.Condition;
import io.variate.management.model.TargetCondition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Conditions of target segments as conditions of evaluation flags. */
final class Conditions {
    /** Stands for a missing property, but not in regular expressions. */
    static final String NONE = "(none)";

    private static final String GLOB_MATCH = "glob match";
    private static final String GLOB_DOES_NOT_MATCH = "glob does not match";
    private static final String REGEX_MATCH = "regex match";
    private static final String REGEX_DOES_NOT_MATCH = "regex does not match";
    private static final String VERSION = "version ";

    private static final Map<String, String> ON_COHORTS =
            Map.of("is", "set contains any", "is not", "set does not contain any");

    private static final Map<String, String> FROM_COHORTS = ON_COHORTS.entrySet().stream()
            .collect(Collectors.toUnmodifiableMap(Map.Entry::getValue, Map.Entry::getKey));

    private static final Set<String> ORDERED = Set.of("less", "less or equal", "greater", "greater or equal");

    /** Properties of users that are versions, which differ from numbers in their order. */
    private static final Set<String> VERSIONS = Set.of("version", "start_version");

    private Conditions() {}

    static Condition compile(TargetCondition condition) {
        return new Condition(Selectors.of(condition), op(condition), values(condition));
    }

    private static String op(TargetCondition condition) {
        String op = condition.op();
        if (condition.prop().equals(TargetCondition.COHORT)) {
            return ON_COHORTS.getOrDefault(op, op);
        }
        if (isVersion(condition.prop(), condition.groupType()) && ORDERED.contains(op)) {
            return VERSION + op;
        }
        return switch (op) {
            case GLOB_MATCH -> REGEX_MATCH;
            case GLOB_DOES_NOT_MATCH -> REGEX_DOES_NOT_MATCH;
            default -> op;
        };
    }

    private static boolean isVersion(String prop, @Nullable String groupType) {
        return groupType == null && VERSIONS.contains(prop);
    }

    private static List<String> values(TargetCondition condition) {
        if (!condition.op().equals(GLOB_MATCH) && !condition.op().equals(GLOB_DOES_NOT_MATCH)) {
            return condition.values();
        }
        return condition.values().stream().map(Glob::toRegex).toList();
    }

    /** Returns a condition that compiles to this one, or null if there is none. */
    static @Nullable TargetCondition decompile(Condition condition) {
        Selectors.Property property = Selectors.property(condition.selector());
        if (property == null) {
            return null;
        }
        String op = condition.op();
        List<String> values = condition.values();
        if (property.prop().equals(TargetCondition.COHORT)) {
            op = FROM_COHORTS.getOrDefault(op, op);
        } else if (op.startsWith(VERSION) && isVersion(property.prop(), property.groupType())) {
            op = op.substring(VERSION.length());
        } else if (op.equals(REGEX_MATCH) || op.equals(REGEX_DOES_NOT_MATCH)) {
            List<String> globs = globs(values);
            if (globs != null) {
                op = op.equals(REGEX_MATCH) ? GLOB_MATCH : GLOB_DOES_NOT_MATCH;
                values = globs;
            }
        }
        TargetCondition found = new TargetCondition(property.prop(), op, values, property.groupType());
        return TargetCondition.OPERATORS.contains(op) && compile(found).equals(condition) ? found : null;
    }

    private static @Nullable List<String> globs(List<String> expressions) {
        List<String> globs = new ArrayList<>();
        for (String expression : expressions) {
            String glob = Glob.ofRegex(expression);
            if (glob == null) {
                return null;
            }
            globs.add(glob);
        }
        return globs.isEmpty() ? null : globs;
    }
}
