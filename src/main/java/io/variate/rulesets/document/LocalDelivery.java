package io.variate.rulesets.document;

import io.variate.engine.FlagPortability;
import io.variate.engine.model.Flag;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which flags SDKs with local evaluation get. Like those on a dependency cycle, flags with a pattern that makes an SDK throw
 * would end every evaluation in it: they are withheld, with all that depend on them.
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

    public static List<Flag> delivered(Collection<Flag> flags, Set<String> withheld) {
        Set<String> keys = new HashSet<>(withheld);
        return flags.stream().filter(flag -> !keys.contains(flag.key())).toList();
    }
}
