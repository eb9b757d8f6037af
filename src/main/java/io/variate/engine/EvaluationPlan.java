package io.variate.engine;

import java.util.Arrays;
import java.util.List;

/**
 * Which flags to evaluate, in which order. Made by {@link CompiledFlags} and bound to it. Immutable, hence free to be
 * kept and shared.
 */
public final class EvaluationPlan {

    private final CompiledFlag[] flags;

    /** Slots of the flags, ascending, and for each the position of its result. */
    private final int[] slots;

    private final int[] positions;

    EvaluationPlan(List<CompiledFlag> flags) {
        this.flags = flags.toArray(CompiledFlag[]::new);
        this.slots =
                flags.stream().mapToInt(CompiledFlag::slot).sorted().distinct().toArray();
        this.positions = new int[slots.length];
        // From the end, so that of several flags with one key the first one's position stays.
        for (int i = this.flags.length - 1; i >= 0; i--) {
            positions[Arrays.binarySearch(slots, this.flags[i].slot())] = i;
        }
    }

    /** How many flags there are to evaluate. */
    public int size() {
        return flags.length;
    }

    /** The keys of the flags, in the order of evaluation. */
    public List<String> keys() {
        return Arrays.stream(flags).map(CompiledFlag::key).toList();
    }

    CompiledFlag flag(int index) {
        return flags[index];
    }

    /** Where the result of the flag in a slot goes, or a number below 0 if the plan has no such flag. */
    int positionOf(int slot) {
        int index = Arrays.binarySearch(slots, slot);
        return index < 0 ? index : positions[index];
    }
}
