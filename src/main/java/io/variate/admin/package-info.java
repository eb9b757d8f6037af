/**
 * The second port: liveness, readiness, metrics, the ruleset document and the ledger.
 *
 * <p>May import, of ours: bus, store, rulesets, cohorts, engine, cluster, assignments, config, observability.
 */
@NullMarked
package io.variate.admin;

import org.jspecify.annotations.NullMarked;
