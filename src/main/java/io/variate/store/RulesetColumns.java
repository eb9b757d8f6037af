package io.variate.store;

/**
 * A ruleset as it is read: the definitions of each kind in document order, with commas between them, as a JSON array has
 * them between its brackets.
 *
 * @param revision grows by one with every change; 0 before the first
 */
public record RulesetColumns(long revision, String deployments, String flags, String cohorts) {}
