package io.variate.commandline;

import io.variate.engine.CompiledFlags;
import io.variate.engine.model.DependencyCycleException;
import io.variate.engine.model.DependencyOrder;
import io.variate.engine.model.Flag;
import io.variate.engine.model.FlagReader;
import io.variate.engine.model.FlagReading;
import io.variate.json.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The flags that a line contains.
 *
 * @param valid the valid flags in their order, repeated keys included
 * @param problems problems of the invalid flags, which are omitted
 */
record OwnFlags(List<Flag> valid, List<Problem> problems) {

    static OwnFlags read(List<?> trees) {
        List<Flag> valid = new ArrayList<>();
        List<Problem> problems = new ArrayList<>();
        for (int i = 0; i < trees.size(); i++) {
            FlagReading reading = FlagReader.read(trees.get(i), "flags[" + i + "]");
            if (reading instanceof FlagReading.Accepted accepted) {
                valid.add(accepted.flag());
            } else if (reading instanceof FlagReading.Rejected rejected) {
                problems.addAll(rejected.problems());
            }
        }
        return new OwnFlags(valid, problems);
    }

    /**
     * The flags to evaluate, in order.
     *
     * @throws RejectedLineException if they must be sorted and have cyclic dependencies
     */
    List<Flag> select(List<String> keys, boolean sort) {
        if (sort) {
            return sorted(keys);
        }
        if (keys.isEmpty()) {
            return valid;
        }
        Set<String> needed = Set.copyOf(CompiledFlags.compile(valid).plan(keys).keys());
        return valid.stream().filter(flag -> needed.contains(flag.key())).toList();
    }

    private List<Flag> sorted(List<String> keys) {
        try {
            return DependencyOrder.sort(valid, keys);
        } catch (DependencyCycleException e) {
            throw new RejectedLineException(new LineError("cycle", String.valueOf(e.getMessage()), "flags"));
        }
    }
}
