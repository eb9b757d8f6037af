package io.variate.rulesets;

import io.variate.engine.model.Flag;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The flags of one project with everything derived from them. A later ruleset takes over what it has for flags that are the
 * same instance. Immutable and thread-safe.
 */
@SuppressWarnings("ReferenceEquality") // the same instance stands for what has not changed
final class FlagForms {
    /** No flags. */
    static final FlagForms NONE = new FlagForms(List.of(), Map.of());

    private final List<ServedFlag> all;

    /** Shared by rulesets whose flags have the same keys in the same order. */
    private final Map<String, Integer> indexes;

    private FlagForms(List<ServedFlag> all, Map<String, Integer> indexes) {
        this.all = all;
        this.indexes = indexes;
    }

    /**
     * The forms of some flags.
     *
     * @param flags all flags of a project, with distinct keys
     * @param earlier the forms of an earlier ruleset
     */
    static FlagForms of(List<Flag> flags, FlagForms earlier) {
        ServedFlag[] forms = new ServedFlag[flags.size()];
        boolean hasSameFlags = flags.size() == earlier.all.size();
        boolean hasSameKeys = hasSameFlags;
        for (int i = 0; i < forms.length; i++) {
            Flag flag = flags.get(i);
            if (i < earlier.all.size() && earlier.all.get(i).flag() == flag) {
                forms[i] = earlier.all.get(i);
                continue;
            }
            ServedFlag before = earlier.find(flag.key(), i);
            boolean isUnchanged = before != null && before.flag() == flag;
            forms[i] = isUnchanged ? before : new ServedFlag(flag);
            hasSameKeys = hasSameKeys && before != null && before == earlier.all.get(i);
            hasSameFlags = hasSameFlags && isUnchanged;
        }
        if (hasSameKeys && hasSameFlags) {
            return earlier;
        }
        return new FlagForms(List.of(forms), hasSameKeys ? earlier.indexes : indexes(flags));
    }

    private static Map<String, Integer> indexes(List<Flag> flags) {
        Map<String, Integer> indexes = new HashMap<>(2 * flags.size());
        for (int i = 0; i < flags.size(); i++) {
            indexes.put(flags.get(i).key(), i);
        }
        return indexes;
    }

    /** The index of a flag among those of the project, or null if it has no such flag. */
    @Nullable
    Integer index(String key) {
        return indexes.get(key);
    }

    /** The flag with an index. */
    Flag flag(int index) {
        return all.get(index).flag();
    }

    /** The flag marked as a mere dependency of deployed flags: always the same instance for one instance of a flag. */
    Flag undeployed(Flag flag) {
        return served(flag, 0).undeployed().flag();
    }

    /** Flags of the project, or flags that {@link #undeployed} returned, in the same order. */
    List<ServedFlag> served(List<Flag> flags) {
        List<ServedFlag> served = new ArrayList<>(flags.size());
        for (Flag flag : flags) {
            served.add(served(flag, served.size()));
        }
        return served;
    }

    private ServedFlag served(Flag flag, int likelyIndex) {
        if (likelyIndex < all.size() && all.get(likelyIndex).flag() == flag) {
            return all.get(likelyIndex);
        }
        ServedFlag known = find(flag.key(), likelyIndex);
        ServedFlag form = known == null ? null : known.formOf(flag);
        if (form == null) {
            throw new IllegalArgumentException("not a flag of this project: " + flag.key());
        }
        return form;
    }

    /** Most flags are where they were, or where the project has them, so few are looked up. */
    private @Nullable ServedFlag find(String key, int likelyIndex) {
        if (likelyIndex < all.size() && all.get(likelyIndex).key().equals(key)) {
            return all.get(likelyIndex);
        }
        Integer index = indexes.get(key);
        return index == null ? null : all.get(index);
    }
}
