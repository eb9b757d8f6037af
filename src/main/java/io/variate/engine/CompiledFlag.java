package io.variate.engine;

import org.jspecify.annotations.Nullable;

/** A flag ready to be evaluated. Immutable. */
final class CompiledFlag {

    private final String key;
    private final int slot;
    private final CompiledSegment[] segments;

    /** @param slot a small number that stands for the key: flags with the same key share it */
    CompiledFlag(String key, int slot, CompiledSegment[] segments) {
        this.key = key;
        this.slot = slot;
        this.segments = segments;
    }

    String key() {
        return key;
    }

    int slot() {
        return slot;
    }

    @Nullable
    EvaluatedVariant evaluate(Target target) {
        for (CompiledSegment segment : segments) {
            EvaluatedVariant variant = segment.evaluate(target);
            if (variant != null) {
                return variant;
            }
        }
        return null;
    }
}
