package io.variate.rulesets;

import io.variate.engine.model.Flag;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Selects the flags of deployments from those of a project, in time that depends on the selection only. */
final class SelectedFlags {
    private final FlagForms forms;

    SelectedFlags(FlagForms forms) {
        this.forms = forms;
    }

    /** Whether the project has a flag. */
    boolean has(String key) {
        return forms.index(key) != null;
    }

    /** Flags and their dependencies in the order of the project. Mere dependencies are marked as undeployed. */
    List<Flag> with(Set<String> deployed) {
        return closure(deployed).stream()
                .map(forms::flag)
                .map(flag -> deployed.contains(flag.key()) ? flag : forms.undeployed(flag))
                .collect(Collectors.toList());
    }

    private Collection<Integer> closure(Set<String> keys) {
        Set<Integer> closure = new TreeSet<>();
        Deque<String> open = new ArrayDeque<>(keys);
        while (!open.isEmpty()) {
            Integer index = forms.index(open.pop());
            if (index != null && closure.add(index)) {
                open.addAll(forms.flag(index).dependencies());
            }
        }
        return closure;
    }
}
