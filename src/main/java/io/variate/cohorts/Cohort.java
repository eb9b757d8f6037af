package io.variate.cohorts;

import io.variate.cohorts.CohortBody.InMemory;
import java.util.Collection;

/**
 * A set of users, or of groups of one type, that flags can target. Immutable.
 *
 * @param id the value that conditions on {@code cohort_ids} name
 * @param groupType {@link io.variate.engine.Membership#USER}, or the type of the groups whose names are members
 * @param lastModified positive, grows with each change; milliseconds since 1970 for an uploaded cohort
 * @param body the JSON that a download returns
 */
public record Cohort(String id, String groupType, long lastModified, MemberSet members, CohortBody body) {
    /**
     * A cohort defined in a ruleset document.
     *
     * @param memberIds must not change afterwards: the JSON is written when it is first downloaded
     */
    public static Cohort ofDocument(String id, String groupType, long lastModified, Collection<String> memberIds) {
        MemberSet members = MemberSet.of(memberIds);
        return new Cohort(
                id,
                groupType,
                lastModified,
                members,
                new InMemory(new CohortHead(id, groupType, lastModified, members.size()), memberIds));
    }

    /**
     * The same members with another time of change, without a copy of them. The body of an uploaded cohort is a file, which
     * states its time, so an uploaded cohort has no other.
     *
     * @throws IllegalStateException if this is an uploaded cohort
     */
    public Cohort at(long otherLastModified) {
        if (otherLastModified == lastModified) {
            return this;
        }
        if (!(body instanceof InMemory written)) {
            throw new IllegalStateException("the time of change of an uploaded cohort is in its file");
        }
        CohortHead head = new CohortHead(id, groupType, otherLastModified, members.size());
        return new Cohort(id, groupType, otherLastModified, members, written.with(head));
    }

    /** The cohort without its members. */
    public CohortHead head() {
        return new CohortHead(id, groupType, lastModified, members.size());
    }

    /** The number of members. */
    public long size() {
        return members.size();
    }
}
