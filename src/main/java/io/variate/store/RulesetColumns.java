package io.variate.store;

/**
 * A ruleset as rows that were read: the definitions of each kind in document order, separated by commas like the elements
 * of a JSON array.
 *
 * @param revision grows by one with every change; 0 before the first
 */
public record RulesetColumns(long revision, String deployments, String flags, String cohorts) {}
