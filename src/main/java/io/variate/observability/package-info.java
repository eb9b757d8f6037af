/**
 * Names and registration of metrics, event-loop lag, suppression of repeated log lines.
 */
@NullMarked
package io.variate.observability;

import org.jspecify.annotations.NullMarked;
