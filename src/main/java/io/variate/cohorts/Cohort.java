package io.variate.cohorts;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Users, or groups of one type, that flags can target together. Immutable.
 *
 * @param id what conditions on {@code cohort_ids} name
 * @param groupType {@link io.variate.engine.Membership#USER}, or the type of the groups whose names are members
 * @param lastModified positive, grows with each change; milliseconds since 1970 for one that was uploaded
 * @param body the ids, as a download serves them
 */
public record Cohort(String id, String groupType, long lastModified, MemberSet members, CohortBody body) {
    /** A cohort that stands in a ruleset document. */
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

    /** What it is, without who is in it. */
    public CohortHead head() {
        return new CohortHead(id, groupType, lastModified, members.size());
    }

    /** How many members there are. */
    public long size() {
        return members.size();
    }
}
