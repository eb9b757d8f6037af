package io.variate.rulesets.rows;

import java.util.Comparator;

/**
 * One definition of a ruleset: a project, a deployment, a flag or a cohort. Immutable; the same instance is kept as long as
 * the row does not change.
 */
public final class Row {
    /** The order of rows in a document. Positions have gaps, so that an insertion changes no other row. */
    public static final Comparator<Row> IN_ORDER = Comparator.comparingLong(Row::position)
            .thenComparing(row -> row.key().key());

    private final RowKey key;
    private final long position;
    private final String definition;
    private final Digest digest;

    /**
     * Creates a row and computes its digest.
     *
     * @param position the place among the rows of its kind and project
     * @param definition JSON text
     */
    public Row(RowKey key, long position, String definition) {
        this(key, position, definition, Digest.of(key, position, definition));
    }

    private Row(RowKey key, long position, String definition, Digest digest) {
        this.key = key;
        this.position = position;
        this.definition = definition;
        this.digest = digest;
    }

    public RowKey key() {
        return key;
    }

    public long position() {
        return position;
    }

    public String definition() {
        return definition;
    }

    /** The digest of key, position and definition. */
    public Digest digest() {
        return digest;
    }

    /** This row if it has that position already, else a row that differs only in the position. */
    public Row at(long newPosition) {
        return position == newPosition ? this : new Row(key, newPosition, definition);
    }

    /** Whether key, position and definition are equal. */
    @Override
    public boolean equals(Object other) {
        return this == other
                || (other instanceof Row that
                        && digest.equals(that.digest)
                        && position == that.position
                        && key.equals(that.key)
                        && definition.equals(that.definition));
    }

    @Override
    public int hashCode() {
        return digest.hashCode();
    }

    /** Without the definition, which may hold secrets. */
    @Override
    public String toString() {
        return "Row[" + key + ", position=" + position + "]";
    }
}
