/** Tests of keyed hashing. */
@NullMarked
package io.variate.hashing;

import org.jspecify.annotations.NullMarked;
