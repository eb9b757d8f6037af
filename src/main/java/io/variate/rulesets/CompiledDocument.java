package io.variate.rulesets;

import io.variate.cohorts.Cohort;
import io.variate.cohorts.Cohorts;
import io.variate.json.Problem;
import io.variate.rulesets.document.EncodedRuleset;
import io.variate.rulesets.document.RulesetDocument;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A ruleset document, compiled for one zone, whose revision may not be known yet. Immutable.
 *
 * @param document the document that was compiled
 * @param deploymentsByKey deployments of that zone
 * @param problems flags left out and conditions that never hold, with the reason
 */
record CompiledDocument(RulesetDocument document, Map<String, DeployedFlags> deploymentsByKey, List<Problem> problems) {

    /**
     * The ruleset of a revision.
     *
     * @param encoded that revision of the same document
     */
    Ruleset at(EncodedRuleset encoded) {
        Project project = new Project(Project.UNNAMED, null, null, cohorts(encoded.revision()));
        Map<String, DeployedFlags> deployed = new HashMap<>();
        deploymentsByKey.forEach((key, flags) ->
                deployed.put(key, new DeployedFlags(project, flags.deployment(), flags.flags(), flags.served())));
        return new Ruleset(encoded.revision(), encoded, Map.of(Project.UNNAMED, project), deployed, problems);
    }

    /** A cohort without a time of change may have changed with any revision. */
    private Cohorts cohorts(long revision) {
        return Cohorts.of(document.cohorts().stream()
                .map(cohort -> Cohort.ofDocument(
                        cohort.id(),
                        cohort.groupType(),
                        cohort.lastModified() == null ? Math.max(1, revision) : cohort.lastModified(),
                        cohort.memberIds()))
                .toList());
    }
}
