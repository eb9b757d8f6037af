/** Tests of callers of the management API. */
@NullMarked
package io.variate.management.access;

import org.jspecify.annotations.NullMarked;
