package io.variate.rulesets.rows;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Assigns positions to the rows of a document, so that as few rows as possible differ from the stored ones: rows that kept
 * their relative order keep their positions, and others go into the gaps between them.
 */
public final class Positions {
    /** The distance between rows that are appended. */
    static final long GAP = 1 << 20;

    private Positions() {}

    /**
     * Assigns positions.
     *
     * @param keys the wanted order; distinct
     * @param present the stored rows of the same kind and project, in their order
     * @return a position for each key, strictly increasing
     */
    public static long[] assign(List<String> keys, List<Row> present) {
        Map<String, Long> stored = new HashMap<>();
        present.forEach(row -> stored.put(row.key().key(), row.position()));
        long[] positions = new long[keys.size()];
        boolean[] kept = longestIncrease(keys, stored);
        List<Integer> open = new ArrayList<>();
        @Nullable Long before = null;
        for (int i = 0; i < keys.size(); i++) {
            if (kept[i]) {
                long position = stored.getOrDefault(keys.get(i), 0L);
                if (!fill(open, before, position, positions)) {
                    return evenly(keys.size());
                }
                positions[i] = position;
                before = position;
            } else {
                open.add(i);
            }
        }
        long last = before == null ? 0 : before;
        for (int index : open) {
            last += GAP;
            positions[index] = last;
        }
        return positions;
    }

    /** Distributes open indexes between two positions. Returns false, and keeps them open, if there is no room. */
    private static boolean fill(List<Integer> open, @Nullable Long before, long after, long[] positions) {
        long start = before == null ? after - GAP * (open.size() + 1) : before;
        long step = (after - start) / (open.size() + 1);
        if (step == 0) {
            return false;
        }
        for (int i = 0; i < open.size(); i++) {
            positions[open.get(i)] = start + step * (i + 1);
        }
        open.clear();
        return true;
    }

    private static long[] evenly(int size) {
        long[] positions = new long[size];
        for (int i = 0; i < size; i++) {
            positions[i] = GAP * (i + 1);
        }
        return positions;
    }

    /** Marks a longest subsequence of keys whose stored positions increase (patience sorting). */
    private static boolean[] longestIncrease(List<String> keys, Map<String, Long> stored) {
        int[] tails = new int[keys.size()];
        int[] previous = new int[keys.size()];
        long[] positions = new long[keys.size()];
        int length = 0;
        for (int i = 0; i < keys.size(); i++) {
            Long position = stored.get(keys.get(i));
            if (position != null) {
                positions[i] = position;
                int slot = slot(tails, length, positions, position);
                previous[i] = slot == 0 ? -1 : tails[slot - 1];
                tails[slot] = i;
                length = Math.max(length, slot + 1);
            }
        }
        boolean[] kept = new boolean[keys.size()];
        for (int i = length == 0 ? -1 : tails[length - 1]; i >= 0; i = previous[i]) {
            kept[i] = true;
        }
        return kept;
    }

    /** The first slot whose tail is not below a position. */
    private static int slot(int[] tails, int length, long[] positions, long position) {
        int low = 0;
        int high = length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (positions[tails[middle]] < position) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
