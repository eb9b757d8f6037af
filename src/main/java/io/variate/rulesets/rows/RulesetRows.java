package io.variate.rulesets.rows;

/**
 * A whole ruleset in one revision. Immutable.
 *
 * @param revision its digest is that of the rows
 * @param rows all rows
 */
public record RulesetRows(Revision revision, RowSet rows) {

    /**
     * @throws DigestMismatchException if the digest of the revision is not that of the rows
     */
    public RulesetRows {
        if (!revision.digest().equals(rows.digest())) {
            throw new DigestMismatchException(revision, rows.digest());
        }
    }

    /** A revision of a source whose digest is not known in advance. */
    public static RulesetRows of(String history, long number, RowSet rows) {
        return new RulesetRows(new Revision(history, number, rows.digest()), rows);
    }

    /**
     * Applies a delta.
     *
     * @throws IllegalArgumentException if the delta starts from another revision
     * @throws DigestMismatchException if the result is not what the delta promises
     */
    public RulesetRows apply(RulesetDelta delta) {
        if (!delta.from().equals(revision)) {
            throw new IllegalArgumentException("the delta starts from another revision");
        }
        return new RulesetRows(delta.to(), rows.apply(delta.changes()));
    }

    /** These rows, with the instances of an earlier ruleset for rows that are equal. */
    public RulesetRows sharing(RulesetRows earlier) {
        return new RulesetRows(revision, rows.sharing(earlier.rows));
    }
}
