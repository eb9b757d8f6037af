package io.variate.engine;

import io.variate.engine.model.Bucket;
import io.variate.engine.model.Condition;
import io.variate.engine.model.Flag;
import io.variate.engine.model.Segment;
import io.variate.engine.operators.OperatorCatalog;
import io.variate.json.JsonPath;
import io.variate.json.Problem;
import io.variate.json.Problems;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Prepares flags: numbers their results and compiles their operators. Consecutive sets of flags share a catalog, which
 * only grows. Used by one thread at a time.
 */
final class FlagCatalog {

    private final OperatorCatalog operators = new OperatorCatalog();
    private final ResultTable results = new ResultTable();
    private long weight;

    PreparedFlag prepare(Flag flag) {
        PreparedFlag prepared = new Preparation(flag).prepare();
        weight += prepared.weight();
        return prepared;
    }

    /** The results of all flags prepared so far, by number. */
    EvaluatedVariant[] results() {
        return results.array();
    }

    /** The weight of all flags prepared so far. */
    long weight() {
        return weight;
    }

    private final class Preparation {
        private final Flag flag;
        private final List<OperatorCatalog.Entry> ownOperators = new ArrayList<>();
        private final List<Problem> found = new ArrayList<>();
        private final Set<String> references = new LinkedHashSet<>();
        private final List<Condition> cohortConditions = new ArrayList<>();

        Preparation(Flag flag) {
            this.flag = flag;
        }

        PreparedFlag prepare() {
            for (int i = 0; i < flag.segments().size(); i++) {
                Segment segment = flag.segments().get(i);
                List<List<Condition>> alternatives = segment.conditions();
                if (alternatives != null) {
                    addConditions(alternatives, i);
                }
                Bucket bucket = segment.bucket();
                if (bucket != null) {
                    addReference(bucket.selector());
                }
            }
            return new PreparedFlag(
                    flag,
                    new FlagResults(flag, results),
                    ownOperators,
                    found,
                    List.copyOf(references),
                    cohortConditions,
                    FlagWeight.of(flag));
        }

        private void addConditions(List<List<Condition>> alternatives, int segment) {
            for (int i = 0; i < alternatives.size(); i++) {
                for (int j = 0; j < alternatives.get(i).size(); j++) {
                    Condition condition = alternatives.get(i).get(j);
                    addReference(condition.selector());
                    if (TargetedCohorts.isNamedBy(condition)) {
                        cohortConditions.add(condition);
                    }
                    OperatorCatalog.Entry operator = operators.entry(condition);
                    ownOperators.add(operator);
                    if (!operator.problems().isEmpty()) {
                        operator.problems().forEach(place(segment, i, j)::addRelative);
                    }
                }
            }
        }

        private Problems place(int segment, int alternative, int condition) {
            return new Problems(JsonPath.flag(flag.key()), found)
                    .member("segments")
                    .element(segment)
                    .member("conditions")
                    .element(alternative)
                    .element(condition);
        }

        private void addReference(List<String> selector) {
            String key = Selector.referencedFlag(selector);
            if (key != null) {
                references.add(key);
            }
        }
    }
}
