/** The admin port: liveness, readiness, metrics, the ruleset document, cohorts and the ledger. */
@NullMarked
package io.variate.admin;

import org.jspecify.annotations.NullMarked;
