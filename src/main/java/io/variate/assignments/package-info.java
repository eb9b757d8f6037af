/**
 * What was assigned: the event, the buffer that holds it and the verticle that brings it to Kafka.
 *
 * <p>May import, of ours: bus, engine, config, observability.
 */
@NullMarked
package io.variate.assignments;

import org.jspecify.annotations.NullMarked;
