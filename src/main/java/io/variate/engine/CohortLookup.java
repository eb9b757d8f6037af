package io.variate.engine;

import io.variate.engine.operators.ListForm;
import io.variate.engine.operators.Property;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Adds the cohorts that the server knows of to those that a client has sent, as far as some flags ask for them. */
record CohortLookup(TargetedCohorts targeted, Membership membership) {

    /** Adds nothing. */
    static final CohortLookup IDLE = new CohortLookup(TargetedCohorts.NONE, Membership.NONE);

    static CohortLookup of(TargetedCohorts targeted, Membership membership) {
        return membership == Membership.NONE || targeted.isEmpty() ? IDLE : new CohortLookup(targeted, membership);
    }

    /** Whether there is nothing to add, whoever the user is. */
    boolean isIdle() {
        return targeted.isEmpty();
    }

    /**
     * The cohorts of a member.
     *
     * @param member user id or name of a group, or null if there is none
     * @param sent what the client has sent as cohort ids
     * @return what was sent, if there is nothing to add; else a list that starts with what was sent. What was sent and
     *     is no list for any operator gives way
     */
    @Nullable
    Object extend(String groupType, @Nullable String member, @Nullable Object sent) {
        if (member == null) {
            return sent;
        }
        List<String> candidates = targeted.of(groupType);
        List<String> found = null;
        for (int i = 0; i < candidates.size(); i++) {
            String cohortId = candidates.get(i);
            if (membership.contains(groupType, cohortId, member)) {
                found = found == null ? new ArrayList<>() : found;
                found.add(cohortId);
            }
        }
        return found == null ? sent : union(sent, found);
    }

    private static List<?> union(@Nullable Object sent, List<String> found) {
        ListForm form = sent == null ? null : new Property(sent).list();
        if (form == null) {
            return found;
        }
        List<Object> union = new ArrayList<>();
        for (Property element : form.elements()) {
            union.add(element.value());
        }
        for (String cohortId : found) {
            if (!form.texts().contains(cohortId)) {
                union.add(cohortId);
            }
        }
        return union;
    }
}
