package io.variate.store;

/**
 * The summary of a version of a flag or an experiment.
 *
 * @param text JSON
 */
public record StoredSummary(long resource, long version, String text) {}
