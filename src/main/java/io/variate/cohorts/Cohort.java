package io.variate.cohorts;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * A set of users, or of groups of one type, that flags can target. Immutable.
 *
 * @param id the value that conditions on {@code cohort_ids} name
 * @param groupType {@link io.variate.engine.Membership#USER}, or the type of the groups whose names are members
 * @param lastModified positive, grows with each change; milliseconds since 1970 for an uploaded cohort
 * @param body the JSON that a download returns
 */
public record Cohort(String id, String groupType, long lastModified, MemberSet members, CohortBody body) {
    /** A cohort defined in a ruleset document. */
    public static Cohort ofDocument(String id, String groupType, long lastModified, Collection<String> memberIds) {
        MemberSet members = MemberSet.of(memberIds);
        Set<String> eachOnce = new LinkedHashSet<>(memberIds);
        return new Cohort(
                id,
                groupType,
                lastModified,
                members,
                new CohortBody.InMemory(
                        CohortFormat.write(new CohortHead(id, groupType, lastModified, members.size()), eachOnce)));
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
