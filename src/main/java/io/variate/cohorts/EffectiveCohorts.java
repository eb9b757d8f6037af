package io.variate.cohorts;

import io.variate.engine.Membership;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The cohorts that count for one answer: one that was uploaded takes the place of one of the same id in the ruleset
 * document. Immutable, so an answer sees one state of all of them.
 *
 * @param uploaded all that were uploaded
 * @param written those of the ruleset that answers
 */
public record EffectiveCohorts(Cohorts uploaded, Cohorts written) implements Membership {

    /** The cohort of an id, or null if there is none. */
    public @Nullable Cohort find(String id) {
        Cohort cohort = uploaded.find(id);
        return cohort == null ? written.find(id) : cohort;
    }

    /** Whether a cohort of that id and group type has the member. */
    @Override
    public boolean contains(String groupType, String cohortId, String member) {
        Cohort cohort = find(cohortId);
        return cohort != null
                && cohort.groupType().equals(groupType)
                && cohort.members().contains(member);
    }

    /** The ids of all cohorts of a group type that have the member, in order. */
    public List<String> idsContaining(String groupType, String member) {
        return all().stream()
                .filter(cohort -> cohort.groupType().equals(groupType))
                .filter(cohort -> cohort.members().contains(member))
                .map(Cohort::id)
                .sorted()
                .toList();
    }

    /** All cohorts, in no order. */
    public List<Cohort> all() {
        List<Cohort> all = new ArrayList<>(uploaded.byId().values());
        written.byId().values().stream()
                .filter(cohort -> uploaded.find(cohort.id()) == null)
                .forEach(all::add);
        return all;
    }
}
