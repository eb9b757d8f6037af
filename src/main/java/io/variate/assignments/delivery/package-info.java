/** Delivery of events from the log to Kafka, directly or through a node with the analytics role. */
@NullMarked
package io.variate.assignments.delivery;

import org.jspecify.annotations.NullMarked;
