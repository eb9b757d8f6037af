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
 * The flags that a line carries.
 *
 * @param readable in the order listed, repeated keys included
 * @param problems of those left out
 */
record OwnFlags(List<Flag> readable, List<Problem> problems) {

    static OwnFlags read(List<?> trees) {
        List<Flag> readable = new ArrayList<>();
        List<Problem> problems = new ArrayList<>();
        for (int i = 0; i < trees.size(); i++) {
            FlagReading reading = FlagReader.read(trees.get(i), "flags[" + i + "]");
            if (reading instanceof FlagReading.Accepted accepted) {
                readable.add(accepted.flag());
            } else if (reading instanceof FlagReading.Rejected rejected) {
                problems.addAll(rejected.problems());
            }
        }
        return new OwnFlags(readable, problems);
    }

    /**
     * The flags to evaluate and their order.
     *
     * @throws RejectedLineException if they are to be sorted and depend on each other in a circle
     */
    List<Flag> chosen(List<String> keys, boolean sort) {
        if (sort) {
            return sorted(keys);
        }
        if (keys.isEmpty()) {
            return readable;
        }
        Set<String> needed =
                Set.copyOf(CompiledFlags.compile(readable).plan(keys).keys());
        return readable.stream().filter(flag -> needed.contains(flag.key())).toList();
    }

    private List<Flag> sorted(List<String> keys) {
        try {
            return DependencyOrder.sort(readable, keys);
        } catch (DependencyCycleException e) {
            throw new RejectedLineException(new LineError("cycle", String.valueOf(e.getMessage()), "flags"));
        }
    }
}
