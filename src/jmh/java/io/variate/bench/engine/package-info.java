/**
 * What an evaluation costs inside the engine, beside an engine of another vendor.
 *
 * <p>May import, of ours: bench, engine.
 */
@NullMarked
package io.variate.bench.engine;

import org.jspecify.annotations.NullMarked;
