package io.variate.store;

import java.time.Instant;

/**
 * What is noted about a cohort besides its members. Immutable.
 *
 * @param cohort the id as in {@link StoredCohort}, which includes a named project
 * @param number names the cohort in the audit; unique among all resources
 * @param name for people
 * @param description for people; may be empty
 * @param version the latest, from 1
 * @param createdBy the name of a token, or {@code unknown}
 * @param modifiedBy as {@code createdBy}
 */
public record CohortDetails(
        String cohort,
        long number,
        String name,
        String description,
        long version,
        Instant createdAt,
        String createdBy,
        Instant modifiedAt,
        String modifiedBy) {}
