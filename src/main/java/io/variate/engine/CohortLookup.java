package io.variate.engine;

import io.variate.engine.operators.ListForm;
import io.variate.engine.operators.Property;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Adds the cohorts known to the server to the cohort ids sent by a client, limited to the cohorts that conditions name.
 */
record CohortLookup(TargetedCohorts targeted, Membership membership) {

    /** Adds nothing. */
    static final CohortLookup NONE = new CohortLookup(TargetedCohorts.NONE, Membership.NONE);

    static CohortLookup of(TargetedCohorts targeted, Membership membership) {
        return membership == Membership.NONE || targeted.isEmpty() ? NONE : new CohortLookup(targeted, membership);
    }

    /** Whether there is nothing to add for any user. */
    boolean isEmpty() {
        return targeted.isEmpty();
    }

    /**
     * Adds the cohorts that contain a member to the ids that the client sent.
     *
     * @param member the user id or group name, or null if there is none
     * @param sent the cohort ids that the client sent
     * @return {@code sent} if there is nothing to add; otherwise a list that starts with the ids sent. A value that no
     *     operator reads as a list is dropped
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
