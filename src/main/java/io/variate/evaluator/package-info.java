/**
 * The evaluator verticle: message in, engine call, recording, answer out.
 *
 * <p>May import, of ours: bus, rulesets, engine, assignments, config, observability.
 */
@NullMarked
package io.variate.evaluator;

import org.jspecify.annotations.NullMarked;
