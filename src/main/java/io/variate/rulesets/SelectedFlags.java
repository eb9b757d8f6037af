package io.variate.rulesets;

import io.variate.engine.model.Flag;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Selects the flags of deployments from those of a project, in time that depends on the selection only. */
final class SelectedFlags {
    private final List<Flag> all;
    private final FlagForms forms;
    private final Map<String, Integer> indexes;

    /** @param forms the forms of these flags */
    SelectedFlags(List<Flag> all, FlagForms forms) {
        this.all = all;
        this.forms = forms;
        this.indexes = new HashMap<>(2 * all.size());
        for (int i = 0; i < all.size(); i++) {
            indexes.put(all.get(i).key(), i);
        }
    }

    /** Whether the project has a flag. */
    boolean has(String key) {
        return indexes.containsKey(key);
    }

    /** Flags and their dependencies in the order of the project. Mere dependencies are marked as undeployed. */
    List<Flag> with(Set<String> deployed) {
        return closure(deployed).stream()
                .map(all::get)
                .map(flag -> deployed.contains(flag.key()) ? flag : forms.undeployed(flag))
                .collect(Collectors.toList());
    }

    private Collection<Integer> closure(Set<String> keys) {
        Set<Integer> closure = new TreeSet<>();
        Deque<String> open = new ArrayDeque<>(keys);
        while (!open.isEmpty()) {
            Integer index = indexes.get(open.pop());
            if (index != null && closure.add(index)) {
                open.addAll(all.get(index).dependencies());
            }
        }
        return closure;
    }
}
