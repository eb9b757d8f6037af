package io.variate.rulesets;

import io.variate.json.Problem;
import io.variate.rulesets.document.RowReader;
import io.variate.rulesets.rows.Row;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * The elements of one kind that were read from rows. A later reading takes over the elements of rows that are the same
 * instance. Immutable.
 *
 * @param <T> the type of the elements
 */
@SuppressWarnings("ReferenceEquality") // the same instance stands for what has not changed
final class ReadRows<T> {
    private final List<Row> rows;
    private final List<Reading<T>> readings;

    /** @param element null if the row cannot be read */
    private record Reading<T>(@Nullable T element, List<Problem> problems) {}

    private ReadRows(List<Row> rows, List<Reading<T>> readings) {
        this.rows = rows;
        this.readings = readings;
    }

    /** No elements. */
    static <T> ReadRows<T> none() {
        return new ReadRows<>(List.of(), List.of());
    }

    /**
     * Reads the rows that differ from these.
     *
     * @return this object if no row differs
     */
    ReadRows<T> read(List<Row> next, BiFunction<RowReader, Row, @Nullable T> reader) {
        if (next == rows) {
            return this;
        }
        Known known = new Known();
        List<Reading<T>> read = new ArrayList<>(next.size());
        for (Row row : next) {
            Reading<T> same = known.find(row);
            read.add(same == null ? read(row, reader) : same);
        }
        return new ReadRows<>(next, read);
    }

    private static <T> Reading<T> read(Row row, BiFunction<RowReader, Row, @Nullable T> reader) {
        List<Problem> problems = new ArrayList<>(0);
        T element = reader.apply(new RowReader(problems), row);
        return new Reading<>(element, List.copyOf(problems));
    }

    /** The elements of all rows that can be read, in order. */
    List<T> elements() {
        List<T> elements = new ArrayList<>(readings.size());
        for (Reading<T> reading : readings) {
            if (reading.element() != null) {
                elements.add(reading.element());
            }
        }
        return elements;
    }

    /** The problems of all rows. */
    List<Problem> problems() {
        List<Problem> problems = new ArrayList<>();
        for (Reading<T> reading : readings) {
            if (!reading.problems().isEmpty()) {
                problems.addAll(reading.problems());
            }
        }
        return problems;
    }

    /** Finds readings of the same row. Most rows follow the one that was found or replaced before, so few are looked up. */
    private final class Known {
        private int next;
        private @Nullable Map<Row, Integer> indexes;

        @Nullable
        Reading<T> find(Row row) {
            if (next < rows.size()) {
                Row expected = rows.get(next);
                if (expected == row) {
                    return readings.get(next++);
                }
                if (expected.key().equals(row.key())) {
                    next++;
                    return null;
                }
            }
            Integer index = indexes().get(row);
            if (index == null || rows.get(index) != row) {
                return null;
            }
            next = index + 1;
            return readings.get(index);
        }

        private Map<Row, Integer> indexes() {
            if (indexes == null) {
                Map<Row, Integer> made = new HashMap<>();
                for (int i = 0; i < rows.size(); i++) {
                    made.put(rows.get(i), i);
                }
                indexes = made;
            }
            return Objects.requireNonNull(indexes);
        }
    }
}
