/** Reports on flags: which of them are stale, and why. */
@NullMarked
package io.variate.management.reports;

import org.jspecify.annotations.NullMarked;
