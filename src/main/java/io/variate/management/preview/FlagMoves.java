package io.variate.management.preview;

import io.variate.simulation.LineStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** How many users of a preview get which variant of one flag before and after. Used by one thread at a time. */
final class FlagMoves {
    private static final int MAX_EXAMPLES = 3;

    /** Most moved cells with examples; the counts of others are complete too. */
    private static final int MAX_CELLS_WITH_EXAMPLES = 50;

    private static final Comparator<Move> IN_ORDER = Comparator.comparing(
                    (Move move) -> Objects.toString(move.from(), ""))
            .thenComparing(move -> Objects.toString(move.to(), ""));

    private final AffectedFlag flag;
    private final Map<Move, Cell> cells = new HashMap<>();
    private long moved;
    private long uncounted;
    private int withExamples;

    FlagMoves(AffectedFlag flag) {
        this.flag = flag;
    }

    /**
     * A cell of the matrix.
     *
     * @param from the variant before, or null for none
     * @param to the variant after, or null for none
     */
    private record Move(@Nullable String from, @Nullable String to) {
        boolean isMoved() {
            return !Objects.equals(from, to);
        }
    }

    /** The users of a move. */
    private static final class Cell {
        private long users;
        private final List<Map<String, @Nullable Object>> examples = new ArrayList<>();
        private boolean hasExamples;
    }

    String key() {
        return flag.key();
    }

    /** The number of distinct moves. */
    int cells() {
        return cells.size();
    }

    /**
     * Counts a user.
     *
     * @param mayGrow whether the matrix may get another cell; otherwise a user without a cell is counted apart
     * @return whether the user is one of the examples to explain
     */
    boolean count(@Nullable String from, @Nullable String to, boolean mayGrow) {
        Move move = new Move(from, to);
        if (move.isMoved()) {
            moved++;
        }
        Cell cell = cells.get(move);
        if (cell == null) {
            if (!mayGrow) {
                uncounted++;
                return false;
            }
            cell = new Cell();
            cell.hasExamples = move.isMoved() && withExamples < MAX_CELLS_WITH_EXAMPLES;
            withExamples += cell.hasExamples ? 1 : 0;
            cells.put(move, cell);
        }
        cell.users++;
        return cell.hasExamples && cell.users <= MAX_EXAMPLES;
    }

    /** Adds an example, after {@link #count} has asked for it. */
    void addExample(@Nullable String from, @Nullable String to, Map<String, @Nullable Object> example) {
        Cell cell = cells.get(new Move(from, to));
        if (cell != null) {
            cell.examples.add(example);
        }
    }

    /** The result as a line. */
    Map<String, @Nullable Object> line() {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("flag", flag.key());
        fields.put("change", flag.kind().label());
        fields.put("canMove", flag.mayMove());
        fields.put("moved", moved);
        if (flag.mayMove()) {
            List<Object> moves = new ArrayList<>();
            cells.keySet().stream().sorted(IN_ORDER).forEach(move -> moves.add(tree(move, cells.get(move))));
            fields.put("moves", moves);
        }
        if (uncounted > 0) {
            fields.put("uncounted", uncounted);
        }
        return LineStream.line("flag", fields);
    }

    private static Map<String, @Nullable Object> tree(Move move, @Nullable Cell cell) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        if (move.from() != null) {
            tree.put("from", move.from());
        }
        if (move.to() != null) {
            tree.put("to", move.to());
        }
        if (cell != null) {
            tree.put("users", cell.users);
            if (!cell.examples.isEmpty()) {
                tree.put("examples", cell.examples);
            }
        }
        return tree;
    }
}
