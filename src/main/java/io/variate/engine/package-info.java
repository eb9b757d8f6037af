/**
 * Pure evaluation: flag model, compiler, evaluator, bucketing, operators.
 *
 * <p>May import nothing of ours; java.* and JSpecify only.
 */
@NullMarked
package io.variate.engine;

import org.jspecify.annotations.NullMarked;
