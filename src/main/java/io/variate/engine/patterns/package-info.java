/** Regular expressions with bounded cost, and their portability to the engines of all SDKs. */
@NullMarked
package io.variate.engine.patterns;

import org.jspecify.annotations.NullMarked;
