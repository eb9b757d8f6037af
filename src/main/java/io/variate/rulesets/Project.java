package io.variate.rulesets;

import io.variate.cohorts.Cohorts;
import io.variate.rulesets.document.ProjectKeys;
import org.jspecify.annotations.Nullable;

/**
 * A product in an environment: a namespace of flag keys and cohort ids. Immutable.
 *
 * @param key unique in the ruleset; empty for the unnamed project
 * @param apiKey the public identifier that event uploads and cohort synchronization use; null if the project has none, and
 *     for the unnamed project, whose keys are in the settings
 * @param secretKey the secret that belongs to it, never printed; null if and only if {@code apiKey} is
 * @param cohorts the cohorts of the ruleset document
 */
public record Project(
        String key, @Nullable String apiKey, @Nullable String secretKey, Cohorts cohorts) {
    /** Whether this is the project without a name. */
    public boolean isUnnamed() {
        return key.equals(ProjectKeys.UNNAMED);
    }

    @Override
    public String toString() {
        return "Project[" + key + ", " + cohorts + "]";
    }
}
