/** Rules of the code base as tests. */
@NullMarked
package io.variate.architecture;

import org.jspecify.annotations.NullMarked;
