package io.variate.checks;

import io.variate.engine.model.Flag;
import io.variate.json.Problems;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Warns of what a change of a flag does to clients and users, but probably should not.
 *
 * @param before the flag as it is stored
 * @param after the flag as it is to be stored
 */
public record FlagChange(Flag before, Flag after) {
    private static final String VERSION = "flagVersion";

    /**
     * Adds the warnings.
     *
     * @param place collects problems, at the path of the flag
     */
    public void addWarnings(Problems place) {
        if (!after.equals(before)) {
            addVersion(place.member("metadata").member(VERSION));
            addSalts(place);
        }
    }

    private void addVersion(Problems place) {
        Object version = version(after);
        Object earlier = version(before);
        if (version != null && version.equals(earlier)) {
            place.warn("", "has not changed although the flag has, so clients that compare it may keep the old flag");
        } else if (version instanceof Number number
                && earlier instanceof Number higher
                && number.doubleValue() < higher.doubleValue()) {
            place.warn("", "is below " + higher + ", the version before, so clients may keep the old flag");
        }
    }

    private static @Nullable Object version(Flag flag) {
        Map<String, @Nullable Object> metadata = flag.metadata();
        return metadata == null ? null : metadata.get(VERSION);
    }

    /** A salt in addition to the earlier ones moves nobody. */
    private void addSalts(Problems place) {
        Map<String, Integer> added = new HashMap<>(Salts.of(after));
        Set<String> removed = new HashSet<>(Salts.of(before).keySet());
        Set<String> kept = Set.copyOf(added.keySet());
        added.keySet().removeAll(removed);
        removed.removeAll(kept);
        if (!removed.isEmpty()) {
            added.values().stream().sorted().forEach(segment -> new FlagPlace(place)
                    .bucket(segment)
                    .member("salt")
                    .warn("", "is new, so users move between variants: a flag should keep its salt"));
        }
    }
}
