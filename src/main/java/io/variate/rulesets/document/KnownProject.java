package io.variate.rulesets.document;

import io.variate.engine.CompiledFlags;
import io.variate.engine.model.Flag;
import io.variate.rulesets.document.RulesetDocument.DefinedFlag;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The flags of one project that were read and compiled before. Immutable and thread-safe. */
public final class KnownProject {
    private final List<DefinedFlag> flags;
    private final @Nullable CompiledFlags compiled;
    private final Function<String, @Nullable Integer> index;

    /**
     * Creates a project.
     *
     * @param flags in document order
     * @param compiled the same flags in the same order
     * @param index the index of a flag by its key; null for unknown keys; called on any thread
     */
    public KnownProject(List<DefinedFlag> flags, CompiledFlags compiled, Function<String, @Nullable Integer> index) {
        this(flags, index, compiled);
    }

    private KnownProject(
            List<DefinedFlag> flags, Function<String, @Nullable Integer> index, @Nullable CompiledFlags compiled) {
        this.flags = List.copyOf(flags);
        this.compiled = compiled;
        this.index = index;
    }

    /**
     * Creates a project.
     *
     * @param flags in document order
     * @param compiled the same flags in the same order
     */
    KnownProject(List<DefinedFlag> flags, CompiledFlags compiled) {
        this(flags, compiled, indexes(flags)::get);
    }

    /** Flags that were read, but not compiled. */
    static KnownProject read(List<DefinedFlag> flags) {
        return new KnownProject(flags, indexes(flags)::get, null);
    }

    private static Map<String, Integer> indexes(List<DefinedFlag> flags) {
        Map<String, Integer> indexes = new HashMap<>(2 * flags.size());
        for (int i = 0; i < flags.size(); i++) {
            indexes.put(flags.get(i).flag().key(), i);
        }
        return indexes;
    }

    /** The flags in document order. */
    List<DefinedFlag> flags() {
        return flags;
    }

    /** The compiled flags. */
    CompiledFlags compiled() {
        return compiled == null
                ? CompiledFlags.compile(flags.stream().map(DefinedFlag::flag).toList())
                : compiled;
    }

    /** Compiles flags of the project, and only those that are not known. */
    CompiledFlags compile(List<Flag> others) {
        CompiledFlags same = compiled(others);
        if (same != null) {
            return same;
        }
        return compiled == null ? CompiledFlags.compile(others) : compiled.recompile(others);
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
        Integer found = index.apply(key);
        return found == null ? -1 : found;
    }
}
