/** The operators of conditions: what each compares, compiled once for each ruleset. */
@NullMarked
package io.variate.engine.operators;

import org.jspecify.annotations.NullMarked;
