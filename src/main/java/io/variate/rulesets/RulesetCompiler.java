package io.variate.rulesets;

import io.variate.rulesets.document.KnownFlags;
import io.variate.rulesets.rows.ProjectRows;
import io.variate.rulesets.rows.RulesetRows;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Compiles rulesets for the zone of this node. Thread-safe. */
@SuppressWarnings("ReferenceEquality") // the same instance stands for what has not changed
final class RulesetCompiler {
    private final String zone;

    RulesetCompiler(String zone) {
        this.zone = zone;
    }

    /**
     * Compiles what differs from an earlier ruleset: an element that cannot be read is left out, and its problem reported.
     * Expensive if much differs: call it on a worker thread.
     *
     * @param rows with the instances of the earlier ruleset where they are equal
     * @param earlier a ruleset compiled by this compiler, or null
     * @param checked flags that need not be read and compiled again
     */
    Ruleset compile(RulesetRows rows, @Nullable Ruleset earlier, KnownFlags checked) {
        Map<String, CompiledProject> before = earlier == null ? Map.of() : earlier.compiled();
        Map<String, CompiledProject> after = new LinkedHashMap<>();
        List<CompiledProject> outdated = new ArrayList<>();
        List<CompiledProject> changed = new ArrayList<>();
        for (ProjectRows project : rows.rows().projects()) {
            CompiledProject known = before.get(project.key());
            CompiledProject compiled = (known == null ? CompiledProject.empty(project.key()) : known)
                    .update(project, rows.revision().number(), zone, checked.project(project.key()));
            after.put(project.key(), compiled);
            if (compiled != known) {
                changed.add(compiled);
                if (known != null) {
                    outdated.add(known);
                }
            }
        }
        before.forEach((key, known) -> {
            if (!after.containsKey(key)) {
                outdated.add(known);
            }
        });
        Map<String, DeployedFlags> deployments =
                earlier == null ? Map.of() : Objects.requireNonNull(earlier).deploymentsByKey();
        return new Ruleset(rows, after, deployments(deployments, outdated, changed));
    }

    private static Map<String, DeployedFlags> deployments(
            Map<String, DeployedFlags> before, List<CompiledProject> outdated, List<CompiledProject> changed) {
        if (outdated.isEmpty() && changed.isEmpty()) {
            return before;
        }
        Map<String, DeployedFlags> after = new HashMap<>(before);
        outdated.forEach(project -> project.deployed()
                .forEach((key, deployed) ->
                        after.computeIfPresent(key, (same, present) -> present == deployed ? null : present)));
        changed.forEach(project ->
                project.deployed().forEach((key, deployed) -> after.merge(key, deployed, RulesetCompiler::first)));
        return after;
    }

    /** A previous key of a deployment never hides the key of another, whatever wrote such rows. */
    private static DeployedFlags first(DeployedFlags present, DeployedFlags added) {
        return added.expiresAt() == null ? added : present;
    }
}
