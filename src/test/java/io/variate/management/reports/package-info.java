/** Tests of reports on flags. */
@NullMarked
package io.variate.management.reports;

import org.jspecify.annotations.NullMarked;
