package io.variate.checks;

import io.variate.engine.model.Flag;
import io.variate.json.Problems;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The flags that have the salts of some changed flags, to warn of flags that draw the same users. One pass over all flags,
 * whatever the number of changed ones. Immutable.
 */
public final class SaltUses {
    /** Enough to find one flag other than a changed one. */
    private static final int MAX_FLAGS = 2;

    private final Map<String, List<String>> flagsBySalt = new HashMap<>();

    /**
     * Finds salts.
     *
     * @param flags all flags of the project, which may contain earlier versions of the changed ones; not
     *     called if no changed flag has a salt
     */
    public SaltUses(Collection<Flag> changed, Supplier<List<Flag>> flags) {
        changed.forEach(
                flag -> Salts.of(flag).keySet().forEach(salt -> flagsBySalt.put(salt, new ArrayList<>(MAX_FLAGS))));
        if (!flagsBySalt.isEmpty()) {
            for (Flag flag : flags.get()) {
                Set<String> salts = Salts.of(flag).keySet();
                salts.forEach(salt -> add(salt, flag.key()));
            }
        }
    }

    private void add(String salt, String flag) {
        List<String> users = flagsBySalt.get(salt);
        if (users != null && users.size() < MAX_FLAGS && !users.contains(flag)) {
            users.add(flag);
        }
    }

    /**
     * Warns if another flag has a salt of a changed one.
     *
     * @param place collects problems, at the path of the flag
     */
    public void addWarnings(Flag changed, Problems place) {
        Salts.of(changed).forEach((salt, segment) -> flagsBySalt.getOrDefault(salt, List.of()).stream()
                .filter(flag -> !flag.equals(changed.key()))
                .findFirst()
                .ifPresent(other -> Salts.addShared(other, segment, place)));
    }
}
