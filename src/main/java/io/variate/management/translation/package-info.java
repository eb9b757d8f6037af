/** The translation between management resources and evaluation flags, in both directions. Pure: no input but its arguments. */
@NullMarked
package io.variate.management.translation;

import org.jspecify.annotations.NullMarked;
