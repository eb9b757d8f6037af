package io.variate.cohorts;

import io.variate.engine.Membership;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The cohorts of one project that apply to one response: an uploaded cohort overrides the one with the same id in the ruleset document.
 * Immutable, so a response uses one consistent state of all cohorts.
 *
 * @param uploaded the uploaded cohorts
 * @param written the cohorts of the ruleset document
 */
public record EffectiveCohorts(Cohorts uploaded, Cohorts written) implements Membership {

    /** The cohort with this id, or null. */
    public @Nullable Cohort find(String id) {
        Cohort cohort = uploaded.find(id);
        return cohort == null ? written.find(id) : cohort;
    }

    /** Whether the cohort with this id has the group type and contains the member. */
    @Override
    public boolean contains(String groupType, String cohortId, String member) {
        Cohort cohort = find(cohortId);
        return cohort != null
                && cohort.groupType().equals(groupType)
                && cohort.members().contains(member);
    }

    /** The sorted ids of all cohorts with this group type that contain the member. */
    public List<String> idsContaining(String groupType, String member) {
        return all().stream()
                .filter(cohort -> cohort.groupType().equals(groupType))
                .filter(cohort -> cohort.members().contains(member))
                .map(Cohort::id)
                .sorted()
                .toList();
    }

    /** All cohorts, in no particular order. */
    public List<Cohort> all() {
        List<Cohort> all = new ArrayList<>(uploaded.byId().values());
        written.byId().values().stream()
                .filter(cohort -> uploaded.find(cohort.id()) == null)
                .forEach(all::add);
        return all;
    }
}
