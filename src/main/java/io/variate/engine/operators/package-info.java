/** The operators of conditions, compiled once per ruleset. */
@NullMarked
package io.variate.engine.operators;

import org.jspecify.annotations.NullMarked;
