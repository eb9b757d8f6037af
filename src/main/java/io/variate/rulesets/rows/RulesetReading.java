package io.variate.rulesets.rows;

/** What a source has for a reader that serves some revision, or none. */
public sealed interface RulesetReading {

    /** The source still has the revision of the reader. */
    record Unchanged() implements RulesetReading {}

    /** The source has a later revision, and knows what has changed since. */
    record Changed(RulesetDelta delta) implements RulesetReading {}

    /** The source has another revision, and the reader has none or one that is too old for a delta. */
    record Whole(RulesetRows rows) implements RulesetReading {}

    /**
     * The source does not know the revision of the reader: it was restored from a backup, or it is another database.
     *
     * @param found the revision of the source
     */
    record Diverged(Revision found) implements RulesetReading {}
}
