package io.variate.engine.operators;

import io.variate.engine.model.Condition;
import io.variate.json.Problem;
import io.variate.json.Problems;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The compiled operators of all conditions of some flags. Equal conditions share an operator. Filled by one thread
 * while flags are compiled; read-only afterwards.
 */
public final class OperatorCatalog {

    private record Key(String operator, List<String> values) {
        static Key of(Condition condition) {
            return new Key(condition.op(), condition.values());
        }
    }

    /**
     * An operator with its filter values.
     *
     * @param number unique among the operators of the catalog
     * @param problems the problems, with paths relative to the condition
     */
    public record Entry(int number, Operator operator, List<Problem> problems) {}

    private final Map<Key, Entry> entries = new HashMap<>();

    /** Compiles the operator of a condition unless the catalog has it, and reports its problems in both cases. */
    public void add(Condition condition, Problems problems) {
        Entry entry = entries.computeIfAbsent(Key.of(condition), absent -> compile(condition));
        entry.problems().forEach(problems::addRelative);
    }

    private Entry compile(Condition condition) {
        List<Problem> found = new ArrayList<>();
        Operator operator = Operators.compile(condition, new Problems("", found));
        return new Entry(entries.size(), operator, List.copyOf(found));
    }

    /** Returns the operator of a condition that was added. */
    public Entry get(Condition condition) {
        Entry entry = entries.get(Key.of(condition));
        if (entry == null) {
            throw new IllegalStateException("this condition was never added");
        }
        return entry;
    }
}
