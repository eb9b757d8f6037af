/**
 * What was assigned: the events, what is known to be recorded, the buffer and the verticle that brings it to Kafka.
 *
 * <p>May import, of ours: files, bus, engine, config, observability.
 */
@NullMarked
package io.variate.assignments;

import org.jspecify.annotations.NullMarked;
