/**
 * Benchmarks of whole nodes, over HTTP and over the event bus.
 */
@NullMarked
package io.variate.bench;

import org.jspecify.annotations.NullMarked;
