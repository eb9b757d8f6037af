package io.variate.store;

import io.variate.rulesets.rows.RulesetRows;
import java.time.Instant;

/**
 * The ruleset as it was in some revision. Immutable.
 *
 * @param rows in that revision; the digest is computed from the rows
 * @param changedAt when the revision was written, on the clock of the database
 */
public record PastRows(RulesetRows rows, Instant changedAt) {}
