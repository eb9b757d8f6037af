/** Gzip: the one place that compresses. */
@NullMarked
package io.variate.gzip;

import org.jspecify.annotations.NullMarked;
