package io.variate.cohorts;

/**
 * A cohort without its members.
 *
 * @param id the value that conditions on {@code cohort_ids} name
 * @param groupType {@link io.variate.engine.Membership#USER}, or the type of the groups whose names are members
 * @param lastModified positive, grows with each change
 * @param size number of members
 */
public record CohortHead(String id, String groupType, long lastModified, long size) {}
