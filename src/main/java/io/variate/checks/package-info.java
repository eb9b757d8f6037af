/** Semantic checks of flags: what can never be meant, and what is probably not meant. */
@NullMarked
package io.variate.checks;

import org.jspecify.annotations.NullMarked;
