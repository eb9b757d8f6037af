/**
 * Names and registration of metrics.
 *
 * <p>May import, of ours: config.
 */
@NullMarked
package io.variate.observability;

import org.jspecify.annotations.NullMarked;
