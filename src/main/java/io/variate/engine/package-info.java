/** Pure evaluation of flags: compiler, plans, evaluator, bucketing, explanations. No input or output, no threads. */
@NullMarked
package io.variate.engine;

import org.jspecify.annotations.NullMarked;
