package io.variate.rulesets.rows;

import java.util.List;

/**
 * The difference between two sets of rows. Removals are applied first, because a deployment may move between projects.
 *
 * @param removed keys of rows that exist no more
 * @param changed rows that are new or differ
 */
public record RowChanges(List<RowKey> removed, List<Row> changed) {
    /** No difference. */
    public static final RowChanges NONE = new RowChanges(List.of(), List.of());

    public RowChanges {
        removed = List.copyOf(removed);
        changed = List.copyOf(changed);
    }

    public boolean isEmpty() {
        return removed.isEmpty() && changed.isEmpty();
    }

    /** The number of rows that differ. */
    public int size() {
        return removed.size() + changed.size();
    }
}
