package io.variate.rulesets;

import io.variate.cohorts.Cohorts;
import io.variate.json.Problem;
import io.variate.rulesets.document.EncodedRuleset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A compiled ruleset: deeply immutable, shared by all threads of a node.
 *
 * @param revision grows with every change
 * @param encoded the source document
 * @param projects projects by key
 * @param deploymentsByKey deployments of all projects in the zone of this node
 * @param problems flags left out and conditions that never hold, with the reason
 */
public record Ruleset(
        long revision,
        EncodedRuleset encoded,
        Map<String, Project> projects,
        Map<String, DeployedFlags> deploymentsByKey,
        List<Problem> problems) {

    public Ruleset {
        projects = Map.copyOf(projects);
        deploymentsByKey = Map.copyOf(deploymentsByKey);
        problems = List.copyOf(problems);
    }

    /** The flags of the deployment with this key, or null if this zone has no such deployment. */
    public @Nullable DeployedFlags deployment(String key) {
        return deploymentsByKey.get(key);
    }

    /** The project with this key, or null. */
    public @Nullable Project project(String key) {
        return projects.get(key);
    }

    /** The project with this {@code apiKey}, or null. The unnamed project has none: its key is in the settings. */
    public @Nullable Project projectOf(String apiKey) {
        for (Project project : projects.values()) {
            if (apiKey.equals(project.apiKey())) {
                return project;
            }
        }
        return null;
    }

    /** The cohorts of a project in the ruleset document; none if there is no such project. */
    public Cohorts cohorts(String projectKey) {
        Project project = projects.get(projectKey);
        return project == null ? Cohorts.NONE : project.cohorts();
    }

    /** The sorted keys of flags that are withheld from SDKs with local evaluation in any deployment. */
    Set<String> withheld() {
        Set<String> keys = new TreeSet<>();
        deploymentsByKey
                .values()
                .forEach(deployed -> keys.addAll(deployed.served().withheld()));
        return keys;
    }

    @Override
    public String toString() {
        return "Ruleset[revision=" + revision + ", " + projects.size() + " projects, " + deploymentsByKey.size()
                + " deployments]";
    }
}
