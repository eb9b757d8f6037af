/**
 * The second port: liveness, readiness, metrics and the ruleset document.
 *
 * <p>May import, of ours: store, rulesets, engine, cluster, assignments, config, observability.
 */
@NullMarked
package io.variate.admin;

import org.jspecify.annotations.NullMarked;
