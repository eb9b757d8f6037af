package io.variate.cohorts;

/**
 * What a cohort is, without who is in it.
 *
 * @param id what conditions on {@code cohort_ids} name
 * @param groupType {@link io.variate.engine.Membership#USER}, or the type of the groups whose names are members
 * @param lastModified positive, grows with each change
 * @param size how many members there are
 */
public record CohortHead(String id, String groupType, long lastModified, long size) {}
