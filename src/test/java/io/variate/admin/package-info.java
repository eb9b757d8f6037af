/** Tests of the admin port over real connections. */
@NullMarked
package io.variate.admin;

import org.jspecify.annotations.NullMarked;
