package io.variate.rulesets.document;

import io.variate.engine.CompiledFlags;
import io.variate.engine.model.Flag;
import io.variate.rulesets.document.RulesetDocument.DefinedFlag;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The flags of one project that were read and compiled before. Immutable and thread-safe. */
public final class KnownProject {
    private final List<DefinedFlag> flags;
    private final CompiledFlags compiled;
    private volatile @Nullable Map<String, Integer> indexes;

    /**
     * Creates a project.
     *
     * @param flags in document order
     * @param compiled the same flags in the same order
     */
    public KnownProject(List<DefinedFlag> flags, CompiledFlags compiled) {
        this.flags = List.copyOf(flags);
        this.compiled = compiled;
    }

    /** The flags in document order. */
    List<DefinedFlag> flags() {
        return flags;
    }

    /** The compiled flags. */
    CompiledFlags compiled() {
        return compiled;
    }

    /** Compiles flags of the project, and only those that are not known. */
    CompiledFlags compile(List<Flag> others) {
        CompiledFlags same = compiled(others);
        return same == null ? compiled.recompile(others) : same;
    }

    /** The compiled form of exactly these flags, or null if it is not known. */
    @SuppressWarnings("ReferenceEquality") // an unchanged flag keeps its instance
    public @Nullable CompiledFlags compiled(List<Flag> others) {
        if (others.size() != flags.size()) {
            return null;
        }
        for (int i = 0; i < others.size(); i++) {
            if (others.get(i) != flags.get(i).flag()) {
                return null;
            }
        }
        return compiled;
    }

    /** The flag with a key and an equal definition, or null. */
    public @Nullable DefinedFlag find(String key, String definition) {
        int index = index(key);
        return index >= 0 && flags.get(index).definition().equals(definition) ? flags.get(index) : null;
    }

    /** The index of the flag with a key, or -1. */
    int index(String key) {
        Map<String, Integer> present = indexes;
        if (present == null) {
            present = new HashMap<>(2 * flags.size());
            for (int i = 0; i < flags.size(); i++) {
                present.put(flags.get(i).flag().key(), i);
            }
            indexes = present;
        }
        return present.getOrDefault(key, -1);
    }
}
