package io.variate.management.reports;

import io.variate.engine.model.Flag;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the flags of each project serve, computed once for each flag: consecutive rulesets share the flags that do not differ.
 * Keeps one list of flags for each project.
 *
 * <p>Thread-safe. The first call for a list of flags is expensive, so call it on a worker thread.
 */
public final class ServedFlags {
    private final Map<String, Map<String, Served>> projects = new ConcurrentHashMap<>();

    /** A flag, and what it serves. */
    private record Served(Flag flag, ServedVariants variants) {}

    /**
     * What flags serve, by key.
     *
     * @param flags of the project, as served
     */
    @SuppressWarnings("ReferenceEquality") // the same instance stands for what has not changed
    public Map<String, ServedVariants> of(String project, List<Flag> flags) {
        Map<String, Served> before = projects.getOrDefault(project, Map.of());
        Map<String, Served> after = new HashMap<>();
        Map<String, ServedVariants> variants = new HashMap<>();
        for (Flag flag : flags) {
            Served known = before.get(flag.key());
            Served served = known != null && known.flag() == flag ? known : new Served(flag, ServedVariants.of(flag));
            after.put(flag.key(), served);
            variants.put(flag.key(), served.variants());
        }
        projects.put(project, after);
        return variants;
    }

    /** Forgets all projects but some. */
    public void retain(Set<String> present) {
        projects.keySet().retainAll(present);
    }
}
