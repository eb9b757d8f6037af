package io.variate.bus;

import io.vertx.core.buffer.Buffer;

/**
 * A slice of the member list of a cohort.
 *
 * @param bytes never modified after creation
 */
public record CohortSlice(Buffer bytes) {}
