package io.variate.rulesets.document;

import io.variate.json.Problems;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The paths of the elements of one list. An element is identified by its name, because indexes change with other elements: a
 * flag by its key, a cohort by its id, a deployment by its label, for its key is secret. An element without a name, or with
 * that of an earlier one, is identified by its index. Not thread-safe.
 */
public final class ElementPaths {
    private final Problems list;
    private final Set<String> names = new HashSet<>();
    private int index;

    /** @param list the problems of the list */
    public ElementPaths(Problems list) {
        this.list = list;
    }

    /** The problems of the next element. */
    public Problems next(@Nullable String name) {
        int at = index++;
        boolean isNamed = name != null && !name.isEmpty() && !name.equals(Deployment.UNNAMED);
        return isNamed && names.add(name) ? list.member(name) : list.element(at);
    }
}
