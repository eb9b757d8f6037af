package io.variate.store;

import org.jspecify.annotations.Nullable;

/**
 * Who changes an uploaded cohort, and how, for its versions and the audit. Immutable.
 *
 * @param project the key of the project; empty for the unnamed one
 * @param id unique in the project
 * @param name null to keep the present one; a new cohort then has its id as name
 * @param description null to keep the present one
 * @param expectedVersion the version that the author has seen, or null for any
 * @param actor the name of the token
 * @param door the way in, such as {@code api}
 * @param reason why, or null
 * @param requestId identifies the request in logs and the audit
 */
public record CohortChange(
        String project,
        String id,
        @Nullable String name,
        @Nullable String description,
        @Nullable Long expectedVersion,
        String actor,
        String door,
        @Nullable String reason,
        String requestId) {

    /** Another name and description. */
    public CohortChange describedAs(@Nullable String newName, @Nullable String newDescription) {
        return new CohortChange(project, id, newName, newDescription, expectedVersion, actor, door, reason, requestId);
    }
}
