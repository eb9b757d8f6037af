package io.variate.rulesets;

import io.variate.engine.model.Flag;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The flags of one project with everything derived from them. A later ruleset takes over what it has for flags that are the
 * same instance. Immutable and thread-safe.
 */
final class FlagForms {
    /** No flags. */
    static final FlagForms NONE = new FlagForms(Map.of());

    private final Map<String, ServedFlag> byKey;

    private FlagForms(Map<String, ServedFlag> byKey) {
        this.byKey = byKey;
    }

    /**
     * The forms of some flags.
     *
     * @param flags all flags of a project, with distinct keys
     * @param earlier the forms of an earlier ruleset
     */
    @SuppressWarnings("ReferenceEquality")
    static FlagForms of(List<Flag> flags, FlagForms earlier) {
        Map<String, ServedFlag> byKey = new HashMap<>(2 * flags.size());
        boolean same = flags.size() == earlier.byKey.size();
        for (Flag flag : flags) {
            ServedFlag before = earlier.byKey.get(flag.key());
            boolean unchanged = before != null && before.flag() == flag;
            byKey.put(flag.key(), unchanged ? before : new ServedFlag(flag));
            same &= unchanged;
        }
        return same ? earlier : new FlagForms(byKey);
    }

    /** The flag marked as a mere dependency of deployed flags: always the same instance for one instance of a flag. */
    Flag undeployed(Flag flag) {
        return served(flag).undeployed().flag();
    }

    /** Flags of the project, or flags that {@link #undeployed} returned, in the same order. */
    List<ServedFlag> served(List<Flag> flags) {
        return flags.stream().map(this::served).toList();
    }

    private ServedFlag served(Flag flag) {
        ServedFlag known = byKey.get(flag.key());
        ServedFlag form = known == null ? null : known.formOf(flag);
        if (form == null) {
            throw new IllegalArgumentException("not a flag of this project: " + flag.key());
        }
        return form;
    }
}
