/** Tests of semantic checks. */
@NullMarked
package io.variate.checks;

import org.jspecify.annotations.NullMarked;
