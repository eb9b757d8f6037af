package io.variate.rulesets;

import io.variate.cohorts.UploadedCohorts;
import io.variate.rulesets.document.KnownFlags;
import io.variate.rulesets.document.KnownProject;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What this node serves, so that a check of a change need not read and compile it again. Thread-safe.
 *
 * @param current the served ruleset
 * @param uploaded the uploaded cohorts, to which flags may refer
 */
public record KnownRuleset(CurrentRuleset current, UploadedCohorts uploaded) {

    /** What is known now. */
    public KnownFlags now() {
        Ruleset served = current.get();
        KnownFlags flags = served == null ? KnownFlags.NONE : served.known();
        return new KnownFlags() {
            @Override
            public @Nullable KnownProject project(String key) {
                return flags.project(key);
            }

            @Override
            public Set<String> uploadedCohorts(String project) {
                return uploaded.ids(project);
            }
        };
    }
}
