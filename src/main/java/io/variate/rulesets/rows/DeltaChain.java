package io.variate.rulesets.rows;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Consecutive deltas, as one change.
 *
 * @param deltas each starts from the revision that the previous one leads to
 */
public record DeltaChain(List<RulesetDelta> deltas) {

    /**
     * @throws IllegalArgumentException if the deltas are not consecutive
     */
    public DeltaChain {
        deltas = List.copyOf(deltas);
        for (int i = 1; i < deltas.size(); i++) {
            if (!deltas.get(i).from().equals(deltas.get(i - 1).to())) {
                throw new IllegalArgumentException(
                        "a delta starts from another revision than the previous one leads to");
            }
        }
    }

    /** The longest chain from a revision among deltas in any order. */
    public static DeltaChain from(Revision start, Collection<RulesetDelta> deltas) {
        Map<Revision, RulesetDelta> byStart = new HashMap<>();
        deltas.forEach(delta -> byStart.put(delta.from(), delta));
        List<RulesetDelta> chain = new ArrayList<>();
        for (RulesetDelta next = byStart.remove(start); next != null; next = byStart.remove(next.to())) {
            chain.add(next);
        }
        return new DeltaChain(chain);
    }

    public boolean isEmpty() {
        return deltas.isEmpty();
    }

    /** The revision that this chain leads to from a start. */
    public Revision end(Revision start) {
        return deltas.isEmpty() ? start : deltas.get(deltas.size() - 1).to();
    }

    /**
     * Applies all deltas at the cost of one.
     *
     * @throws IllegalArgumentException if the chain starts from another revision
     * @throws DigestMismatchException if the result is not what the last delta promises
     */
    public RulesetRows applyTo(RulesetRows start) {
        if (deltas.isEmpty()) {
            return start;
        }
        Map<RowKey, Optional<Row>> last = new LinkedHashMap<>();
        for (RulesetDelta delta : deltas) {
            delta.changes().removed().forEach(key -> last.put(key, Optional.empty()));
            delta.changes().changed().forEach(row -> last.put(row.key(), Optional.of(row)));
        }
        List<RowKey> removed = new ArrayList<>();
        List<Row> changed = new ArrayList<>();
        last.forEach((key, row) -> row.ifPresentOrElse(changed::add, () -> removed.add(key)));
        return start.apply(
                new RulesetDelta(deltas.get(0).from(), end(start.revision()), new RowChanges(removed, changed)));
    }
}
