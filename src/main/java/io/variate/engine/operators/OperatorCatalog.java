package io.variate.engine.operators;

import io.variate.engine.model.Condition;
import io.variate.json.Problem;
import io.variate.json.Problems;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The operators of all conditions of some flags: conditions that ask the same share one. Filled while flags are
 * compiled, by one thread; only read afterwards.
 */
public final class OperatorCatalog {

    private record Question(String operator, List<String> values) {
        static Question of(Condition condition) {
            return new Question(condition.op(), condition.values());
        }
    }

    /**
     * An operator with its filter values.
     *
     * @param number that no other operator of the catalog has
     * @param problems with paths from the condition on
     */
    public record Entry(int number, Operator operator, List<Problem> problems) {}

    private final Map<Question, Entry> entries = new HashMap<>();

    /** Makes the operator of a condition if there is none yet, and notes what is wrong with it either way. */
    public void add(Condition condition, Problems place) {
        Entry entry = entries.computeIfAbsent(Question.of(condition), absent -> compile(condition));
        entry.problems().forEach(place::addBelow);
    }

    private Entry compile(Condition condition) {
        List<Problem> found = new ArrayList<>();
        Operator operator = Operators.compile(condition, new Problems("", found));
        return new Entry(entries.size(), operator, List.copyOf(found));
    }

    /** The operator of a condition that was added. */
    public Entry get(Condition condition) {
        Entry entry = entries.get(Question.of(condition));
        if (entry == null) {
            throw new IllegalStateException("this condition was never added");
        }
        return entry;
    }
}
