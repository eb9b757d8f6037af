package io.variate.management;

import io.variate.management.model.ResourceKind;

/**
 * A flag or a group that targets or includes a cohort. Immutable.
 *
 * @param id of the resource
 * @param key of the resource
 */
public record CohortUse(long id, ResourceKind kind, String key) {}
