package io.variate.engine.operators;

import io.variate.engine.model.Condition;
import io.variate.engine.patterns.BoundedPattern;
import io.variate.json.JsonPath;
import io.variate.json.Problems;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Compiles operators from their names and filter values, so that evaluation does only what depends on the user. */
final class Operators {

    /** The filter value that stands for a missing property. */
    private static final String NONE = "(none)";

    private final List<String> listed;
    private final Set<String> values;
    private final boolean hasNone;
    private final Problems problems;

    private Operators(List<String> listed, Problems problems) {
        this.listed = listed;
        this.values = new LinkedHashSet<>(listed);
        this.hasNone = values.contains(NONE);
        this.problems = problems;
    }

    /** @param problems receives the problems of the condition */
    static Operator compile(Condition condition, Problems problems) {
        return new Operators(condition.values(), problems).named(condition.op());
    }

    private Operator named(String name) {
        return switch (name) {
            case "is" -> positive(new TextPredicate.Is(new FilterValues(values)));
            case "is not" -> negative(new TextPredicate.Is(new FilterValues(values)));
            case "contains" -> positive(contains());
            case "does not contain" -> negative(contains());
            case "less" -> positive(numbers(Relation.LESS));
            case "less or equal" -> positive(numbers(Relation.LESS_OR_EQUAL));
            case "greater" -> positive(numbers(Relation.GREATER));
            case "greater or equal" -> positive(numbers(Relation.GREATER_OR_EQUAL));
            case "version less" -> positive(versions(Relation.LESS));
            case "version less or equal" -> positive(versions(Relation.LESS_OR_EQUAL));
            case "version greater" -> positive(versions(Relation.GREATER));
            case "version greater or equal" -> positive(versions(Relation.GREATER_OR_EQUAL));
            case "regex match" -> matches(false);
            case "regex does not match" -> matches(true);
            default -> setOperator(name);
        };
    }

    private Operator setOperator(String name) {
        Operator.SetPredicate equal = new Operator.EqualsSet(values);
        Operator.SetPredicate all = new Operator.ContainsAll(List.copyOf(values));
        Operator.SetPredicate any = new Operator.ContainsAny(new FilterValues(values));
        return switch (name) {
            case "set is" -> new Operator.OnSet(equal, false, hasNone);
            case "set is not" -> new Operator.OnSet(equal, true, true);
            case "set contains" -> new Operator.OnSet(all, false, hasNone);
            case "set does not contain" -> new Operator.OnSet(all, true, !hasNone);
            case "set contains any" -> new Operator.OnSet(any, false, hasNone);
            case "set does not contain any" -> new Operator.OnSet(any, true, !hasNone);
            default -> {
                problems.warn(".op", "unknown operator: the condition never holds");
                yield new Operator.Never();
            }
        };
    }

    private Operator positive(TextPredicate predicate) {
        return new Operator.OnText(predicate, hasNone);
    }

    private Operator negative(TextPredicate predicate) {
        return new Operator.OnText(new TextPredicate.Not(predicate), !hasNone);
    }

    private TextPredicate contains() {
        return new TextPredicate.Contains(
                values.stream().map(value -> value.toLowerCase(Locale.ROOT)).toList());
    }

    private TextPredicate texts(Relation relation) {
        return values.isEmpty()
                ? new TextPredicate.Never()
                : new TextPredicate.InTextOrder(relation, relation.decisive(values));
    }

    private TextPredicate numbers(Relation relation) {
        List<Double> numbers = values.stream()
                .filter(NumberText::isNumber)
                .map(Double::valueOf)
                .toList();
        return numbers.isEmpty()
                ? texts(relation)
                : new TextPredicate.InNumberOrder(relation, relation.decisive(numbers), texts(relation));
    }

    private TextPredicate versions(Relation relation) {
        List<Version> versions = new ArrayList<>();
        for (String value : values) {
            Version version = Version.parse(value);
            if (version != null) {
                versions.add(version);
            }
        }
        return versions.isEmpty()
                ? texts(relation)
                : new TextPredicate.InVersionOrder(relation, relation.decisive(versions), texts(relation));
    }

    private Operator matches(boolean negated) {
        List<BoundedPattern> patterns = new ArrayList<>();
        boolean valid = compilePatterns(patterns);
        TextPredicate predicate = new TextPredicate.Matches(List.copyOf(patterns));
        if (valid) {
            return new Operator.OnText(negated ? new TextPredicate.Not(predicate) : predicate, negated);
        }
        return new Operator.FirstTextOnly(negated ? new TextPredicate.Never() : predicate, negated);
    }

    /**
     * Compiles patterns up to the first rejected one. Reports all rejected patterns and returns whether there are none.
     */
    private boolean compilePatterns(List<BoundedPattern> compiled) {
        boolean valid = true;
        for (int i = 0; i < listed.size(); i++) {
            try {
                BoundedPattern pattern = BoundedPattern.compile(listed.get(i));
                if (valid) {
                    compiled.add(pattern);
                }
            } catch (BoundedPattern.RejectedException rejected) {
                valid = false;
                problems.add(
                        JsonPath.element(".values", i),
                        "the pattern is invalid, so the condition does not hold where it is reached: "
                                + rejected.getMessage());
            }
        }
        return valid;
    }
}
