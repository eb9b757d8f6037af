package io.variate.assignments;

import io.variate.engine.EvaluatedVariant;
import io.variate.engine.Evaluation;
import java.util.IdentityHashMap;

/**
 * The fragments of variants. A fragment is created when its variant is first assigned, and kept for later rulesets, which
 * share the variants of unchanged flags. All are dropped once about half of them may belong to earlier rulesets.
 * Thread-safe; a lookup that hits takes no lock.
 */
final class FragmentCache {
    /** The table is rebuilt once the number of misses reaches an eighth of its entries, which bounds the cost of rebuilding. */
    private static final int ENTRIES_PER_MISS = 8;

    /** So few fragments are never dropped. */
    private static final int MIN_LIMIT = 1_024;

    private volatile FragmentTable table = FragmentTable.EMPTY;

    // The fields below are guarded by this object's lock.
    private IdentityHashMap<EvaluatedVariant, VariantFragment> known = new IdentityHashMap<>();
    private long revision = Long.MIN_VALUE;
    private long misses;

    /** More fragments than this are dropped with the next revision; 0 during the first revision after that. */
    private int limit;

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
            limitSize();
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

    /** The number of fragments of the first revision is about the number that each later one needs. */
    private void limitSize() {
        if (limit == 0 && !known.isEmpty()) {
            limit = Math.max(MIN_LIMIT, 2 * known.size());
        } else if (limit > 0 && known.size() > limit) {
            known = new IdentityHashMap<>();
            table = FragmentTable.EMPTY;
            misses = 0;
            limit = 0;
        }
    }
}
