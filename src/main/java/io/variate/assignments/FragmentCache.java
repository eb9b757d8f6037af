package io.variate.assignments;

import io.variate.engine.EvaluatedVariant;
import io.variate.engine.Evaluation;
import java.util.IdentityHashMap;

/**
 * The fragments of the variants of one ruleset. A fragment is created when its variant is first assigned, and dropped with
 * the ruleset. Thread-safe; a lookup that hits takes no lock.
 */
final class FragmentCache {
    /** The table is rebuilt once the number of misses reaches an eighth of its entries, which bounds the cost of rebuilding. */
    private static final int ENTRIES_PER_MISS = 8;

    private volatile FragmentTable table = FragmentTable.EMPTY;

    // The fields below are guarded by this object's lock.
    private IdentityHashMap<EvaluatedVariant, VariantFragment> known = new IdentityHashMap<>();
    private long revision = Long.MIN_VALUE;
    private long misses;

    /**
     * A table with the variants of all results.
     *
     * @param ranks receives their ranks, in the order of the evaluation
     * @param ofRevision revision of the ruleset that produced the results
     */
    FragmentTable find(Evaluation evaluation, long ofRevision, int[] ranks) {
        FragmentTable present = table;
        if (present.find(evaluation, ranks)) {
            return present;
        }
        FragmentTable made = make(evaluation, ofRevision);
        made.find(evaluation, ranks);
        return made;
    }

    private synchronized FragmentTable make(Evaluation evaluation, long ofRevision) {
        IdentityHashMap<EvaluatedVariant, VariantFragment> own = new IdentityHashMap<>();
        if (ofRevision < revision) {
            evaluation.forEach(variant -> own.put(variant, VariantFragment.of(variant)));
            return FragmentTable.of(own);
        }
        if (ofRevision > revision) {
            revision = ofRevision;
            known = new IdentityHashMap<>();
            table = FragmentTable.EMPTY;
            misses = 0;
        }
        evaluation.forEach(variant -> own.put(variant, known.computeIfAbsent(variant, VariantFragment::of)));
        misses++;
        if (misses * ENTRIES_PER_MISS < table.size()) {
            return FragmentTable.of(own);
        }
        misses = 0;
        table = FragmentTable.of(known);
        return table;
    }
}
