/** Regular expressions whose cost is bounded, and the ones that every SDK reads alike. */
@NullMarked
package io.variate.engine.patterns;

import org.jspecify.annotations.NullMarked;
