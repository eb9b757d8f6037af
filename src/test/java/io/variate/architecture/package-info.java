/** The house rules, as tests. */
@NullMarked
package io.variate.architecture;

import org.jspecify.annotations.NullMarked;
