package io.variate.rulesets.rows;

/**
 * The change from one revision to a later one. It applies only to exactly the revision that it starts from.
 *
 * @param from the revision before the change
 * @param to the revision after it
 * @param changes the rows that differ
 */
public record RulesetDelta(Revision from, Revision to, RowChanges changes) {}
