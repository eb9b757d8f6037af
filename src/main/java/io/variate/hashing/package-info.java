/** Keyed hashing of short inputs. */
@NullMarked
package io.variate.hashing;

import org.jspecify.annotations.NullMarked;
