package io.variate.rulesets.document;

import io.variate.engine.FlagPortability;
import io.variate.engine.model.Flag;
import java.util.Collection;
import java.util.Collections;
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

    /**
     * The keys of some flags and of all their direct and indirect dependents.
     *
     * @param flags all flags, fastest with dependencies first
     * @param keys of some of them
     */
    public static Set<String> withDependents(Collection<Flag> flags, Set<String> keys) {
        Set<String> withheld = new TreeSet<>(keys);
        boolean grown = true;
        while (grown) {
            grown = false;
            for (Flag flag : flags) {
                grown |= !Collections.disjoint(flag.dependencies(), withheld) && withheld.add(flag.key());
            }
        }
        return withheld;
    }
}
