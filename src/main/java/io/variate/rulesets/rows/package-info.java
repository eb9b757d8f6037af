/**
 * Rulesets as rows: what a source stores, nodes exchange, and a change replaces.
 */
@NullMarked
package io.variate.rulesets.rows;

import org.jspecify.annotations.NullMarked;
