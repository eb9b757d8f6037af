package io.variate.engine.operators;

import io.variate.engine.model.Condition;
import io.variate.json.Problem;
import io.variate.json.Problems;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Compiles operators; equal conditions share one. Used by one thread at a time. */
public final class OperatorCatalog {

    private record Key(String operator, List<String> values) {
        static Key of(Condition condition) {
            return new Key(condition.op(), condition.values());
        }
    }

    /**
     * An operator with its filter values. Immutable.
     *
     * @param number unique among the operators of the catalog
     * @param problems the problems, with paths relative to the condition
     */
    public record Entry(int number, Operator operator, List<Problem> problems) {}

    private final Map<Key, Entry> entries = new HashMap<>();

    /** Returns the operator of a condition, and compiles it unless the catalog has it. */
    public Entry entry(Condition condition) {
        return entries.computeIfAbsent(Key.of(condition), absent -> compile(condition));
    }

    private Entry compile(Condition condition) {
        List<Problem> found = new ArrayList<>();
        Operator operator = Operators.compile(condition, new Problems("", found));
        return new Entry(entries.size(), operator, List.copyOf(found));
    }
}
