package io.variate.rulesets.document;

import io.variate.engine.FlagPortability;
import io.variate.engine.model.Flag;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Selects the flags that SDKs with local evaluation get. A flag with a pattern that makes an SDK throw would break every
 * evaluation in that SDK, like a dependency cycle. Such flags are withheld, together with their dependents.
 */
public final class LocalDelivery {
    private LocalDelivery() {}

    /** The keys of the flags that are withheld. */
    public static Set<String> withheld(Collection<Flag> flags) {
        Set<String> withheld = new TreeSet<>();
        for (Flag flag : flags) {
            if (FlagPortability.of(flag, "").breaksCalls()) {
                withheld.add(flag.key());
            }
        }
        return withheld.isEmpty() ? withheld : withDependents(flags, withheld);
    }

    private static Set<String> withDependents(Collection<Flag> flags, Set<String> withheld) {
        boolean grown = true;
        while (grown) {
            grown = false;
            for (Flag flag : flags) {
                if (flag.dependencies().stream().anyMatch(withheld::contains)) {
                    grown |= withheld.add(flag.key());
                }
            }
        }
        return withheld;
    }

    /** The flags that are not withheld, in their order. */
    public static List<Flag> delivered(Collection<Flag> flags, Set<String> withheld) {
        Set<String> keys = new HashSet<>(withheld);
        return flags.stream().filter(flag -> !keys.contains(flag.key())).toList();
    }
}
