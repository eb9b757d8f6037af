/**
 * The page on which people try evaluations, and what only that page asks: why a user gets a variant, and how many users
 * get which.
 *
 * <p>May import, of ours: http, rulesets, cohorts, engine, config, observability.
 */
@NullMarked
package io.variate.page;

import org.jspecify.annotations.NullMarked;
