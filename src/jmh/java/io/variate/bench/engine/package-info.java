/**
 * Benchmarks of evaluation inside the engine, compared with an engine of another vendor.
 *
 * <p>Permitted project dependencies: bench, engine.
 */
@NullMarked
package io.variate.bench.engine;

import org.jspecify.annotations.NullMarked;
