package io.variate.assignments;

import io.variate.engine.EvaluatedVariant;
import io.variate.engine.Evaluation;
import java.util.IdentityHashMap;

/**
 * The fragments of the variants of one ruleset, made when a variant is first assigned and dropped when a newer ruleset
 * is. Thread-safe; finding takes no lock.
 */
final class FragmentCache {
    /** A table is made anew once it has been of no use to an eighth as many evaluations as it has entries. */
    private static final int PATIENCE = 8;

    private volatile FragmentTable table = FragmentTable.EMPTY;

    // Guarded by this object's lock, as all below.
    private IdentityHashMap<EvaluatedVariant, VariantFragment> known = new IdentityHashMap<>();
    private long revision = Long.MIN_VALUE;
    private long misses;

    /**
     * A table that has all results.
     *
     * @param ranks takes their ranks, in the order of the evaluation
     * @param ofRevision the ruleset that they come from
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
        if (misses * PATIENCE < table.size()) {
            return FragmentTable.of(own);
        }
        misses = 0;
        table = FragmentTable.of(known);
        return table;
    }
}
