package io.variate.engine;

import io.variate.engine.model.Flag;
import org.jspecify.annotations.Nullable;

/** A flag compiled as part of a plan. Later plans of all flags share it. Immutable. */
final class CompiledFlag {

    private final Flag flag;
    private final int position;
    private final CompiledSegment[] segments;

    /** @param position the index of its result; flags with the same key share it */
    CompiledFlag(Flag flag, int position, CompiledSegment[] segments) {
        this.flag = flag;
        this.position = position;
        this.segments = segments;
    }

    /** Returns the flag at a position of another plan, in which all results that it uses are where they were. */
    CompiledFlag at(int newPosition) {
        return newPosition == position ? this : new CompiledFlag(flag, newPosition, segments);
    }

    /** The flag as published. */
    Flag flag() {
        return flag;
    }

    int position() {
        return position;
    }

    @Nullable
    EvaluatedVariant evaluate(EvaluationState state) {
        for (int i = 0; i < segments.length; i++) {
            Trace trace = state.trace();
            if (trace != null) {
                trace.enterSegment();
            }
            EvaluatedVariant variant = segments[i].evaluate(state);
            if (variant != null) {
                return variant;
            }
        }
        return null;
    }
}
