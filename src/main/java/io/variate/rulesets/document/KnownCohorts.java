package io.variate.rulesets.document;

import io.variate.rulesets.rows.ProjectRows;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The ids of the cohorts of one project. They are known if there is at least one: a project without cohorts may get them
 * later, from an upload or an upstream.
 */
final class KnownCohorts {
    private KnownCohorts() {}

    /** The ids in rows. */
    static Set<String> ids(@Nullable ProjectRows rows) {
        Set<String> ids = new HashSet<>();
        if (rows != null) {
            rows.cohorts().forEach(row -> ids.add(row.key().key()));
        }
        return ids;
    }

    /**
     * Whether a project has a cohort with an id.
     *
     * @param written the ids of cohorts in the ruleset
     * @param uploaded the ids of uploaded cohorts
     * @return null if the cohorts are not known
     */
    static @Nullable Predicate<String> of(Set<String> written, Set<String> uploaded) {
        return written.isEmpty() && uploaded.isEmpty() ? null : id -> written.contains(id) || uploaded.contains(id);
    }
}
