/** Delivery of events from the log to Kafka, or to a node that delivers them. */
@NullMarked
package io.variate.assignments.delivery;

import org.jspecify.annotations.NullMarked;
