package io.variate.assignments;

import io.variate.engine.EvaluatedVariant;
import io.variate.engine.Evaluation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * The fragments of variants, by identity of the variant. Each has a rank. Ranks ascend with the flag key, so results can
 * be sorted without comparing keys. Immutable.
 */
final class FragmentTable {
    static final FragmentTable EMPTY = of(new IdentityHashMap<>());

    private final EvaluatedVariant[] variants;
    private final VariantFragment[] fragments;

    /** Open addressing by identity hash: rank plus one, or 0 in a free slot. At most half are in use. */
    private final int[] slots;

    private FragmentTable(List<Map.Entry<EvaluatedVariant, VariantFragment>> sorted) {
        this.variants = sorted.stream().map(Map.Entry::getKey).toArray(EvaluatedVariant[]::new);
        this.fragments = sorted.stream().map(Map.Entry::getValue).toArray(VariantFragment[]::new);
        this.slots = new int[Integer.highestOneBit(variants.length + 1) * 4];
        for (int rank = 0; rank < variants.length; rank++) {
            slots[slot(variants[rank])] = rank + 1;
        }
    }

    static FragmentTable of(IdentityHashMap<EvaluatedVariant, VariantFragment> fragments) {
        List<Map.Entry<EvaluatedVariant, VariantFragment>> sorted = new ArrayList<>();
        fragments.forEach((variant, fragment) -> sorted.add(Map.entry(variant, fragment)));
        sorted.sort(Comparator.comparing(entry -> entry.getValue().flagKey()));
        return new FragmentTable(sorted);
    }

    int size() {
        return variants.length;
    }

    /**
     * Looks up the ranks of all results.
     *
     * @param ranks receives them, in the order of the evaluation; undefined if the method returns false
     * @return whether the table has all results
     */
    boolean find(Evaluation evaluation, int[] ranks) {
        for (int i = 0; i < evaluation.size(); i++) {
            ranks[i] = slots[slot(evaluation.get(i))] - 1;
            if (ranks[i] < 0) {
                return false;
            }
        }
        return true;
    }

    VariantFragment fragment(int rank) {
        return fragments[rank];
    }

    /** The slot of the variant, or the free slot where it belongs. */
    private int slot(EvaluatedVariant variant) {
        int mask = slots.length - 1;
        int slot = System.identityHashCode(variant) & mask;
        while (slots[slot] != 0 && variants[slots[slot] - 1] != variant) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }
}
