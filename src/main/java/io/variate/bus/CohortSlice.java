package io.variate.bus;

import io.vertx.core.buffer.Buffer;

/**
 * A part of the members of a cohort.
 *
 * @param bytes never written to after creation
 */
public record CohortSlice(Buffer bytes) {}
