/** Tests of {@code io.variate.admin.console}. */
@NullMarked
package io.variate.admin.console;

import org.jspecify.annotations.NullMarked;
