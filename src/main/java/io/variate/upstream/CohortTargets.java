package io.variate.upstream;

import io.variate.cohorts.CohortId;
import io.variate.engine.CompiledFlags;
import io.variate.engine.model.Condition;
import io.variate.engine.model.Flag;
import io.variate.engine.model.Segment;
import io.variate.rulesets.DeployedFlags;
import io.variate.rulesets.Ruleset;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Finds the cohorts that flags target, by the rule of Amplitude's SDKs: two operators, and selectors of cohort ids. */
final class CohortTargets {
    private static final Set<String> OPERATORS = Set.of("set contains any", "set does not contain any");
    private static final String COHORT_IDS = "cohort_ids";

    /** As for uploaded cohorts. */
    private static final int LONGEST_ID = 256;

    private final Set<CohortId> found = new LinkedHashSet<>();

    private CohortTargets() {}

    /** The cohorts that the deployed flags of all projects target, in no particular order. */
    static Set<CohortId> of(Ruleset ruleset) {
        CohortTargets targets = new CohortTargets();
        // Deployments with the same flags share the instance.
        Set<CompiledFlags> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (DeployedFlags deployed : ruleset.deploymentsByKey().values()) {
            if (seen.add(deployed.flags())) {
                String project = deployed.project().key();
                deployed.flags().planAll().flags().forEach(flag -> targets.addAll(project, flag));
            }
        }
        return Collections.unmodifiableSet(targets.found);
    }

    private void addAll(String project, Flag flag) {
        for (Segment segment : flag.segments()) {
            List<List<Condition>> alternatives = segment.conditions();
            if (alternatives != null) {
                alternatives.stream()
                        .flatMap(List::stream)
                        .filter(CohortTargets::namesCohorts)
                        .flatMap(condition -> condition.values().stream())
                        .filter(CohortTargets::isPossible)
                        .forEach(id -> found.add(new CohortId(project, id)));
            }
        }
    }

    /** A lone surrogate has no UTF-8 form, so a request would ask for another cohort. */
    private static boolean isPossible(String id) {
        return !id.isEmpty()
                && id.length() <= LONGEST_ID
                && CohortId.isAllowed(id)
                && StandardCharsets.UTF_8.newEncoder().canEncode(id);
    }

    private static boolean namesCohorts(Condition condition) {
        List<String> selector = condition.selector();
        return OPERATORS.contains(condition.op())
                && selector.size() > 2
                && selector.get(selector.size() - 1).equals(COHORT_IDS)
                && (selector.get(1).equals("user") || selector.contains("groups"));
    }
}
