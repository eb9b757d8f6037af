package io.variate.management.model;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A test of one property. Immutable.
 *
 * @param prop a built-in property, {@code gp:} and the name of a custom one, {@code userdata_cohort}, or {@code group_name}
 * @param op one of {@link #OPERATORS}
 * @param values any of them; {@code (none)} stands for a missing property
 * @param groupType the type of the groups that have the property, or null for a property of the user
 */
public record TargetCondition(
        String prop,
        String op,
        List<String> values,
        @Nullable String groupType) {
    /** The prefix of custom properties. */
    public static final String CUSTOM = "gp:";

    /** The property that lists the cohorts of a user. */
    public static final String COHORT = "userdata_cohort";

    /** All operators: those of Amplitude's API, and those that only the evaluation format has. */
    public static final Set<String> OPERATORS = Set.of(
            "is",
            "is not",
            "contains",
            "does not contain",
            "less",
            "less or equal",
            "greater",
            "greater or equal",
            "set is",
            "set is not",
            "set contains",
            "set does not contain",
            "glob match",
            "glob does not match",
            "set contains any",
            "set does not contain any",
            "version less",
            "version less or equal",
            "version greater",
            "version greater or equal",
            "regex match",
            "regex does not match");

    public TargetCondition {
        values = List.copyOf(values);
    }

    /** A condition on a property of the user. */
    public TargetCondition(String prop, String op, List<String> values) {
        this(prop, op, values, null);
    }
}
