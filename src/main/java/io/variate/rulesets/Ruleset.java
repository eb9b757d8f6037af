package io.variate.rulesets;

import io.variate.cohorts.Cohorts;
import io.variate.engine.model.Flag;
import io.variate.json.Problem;
import io.variate.rulesets.document.KnownFlags;
import io.variate.rulesets.document.KnownProject;
import io.variate.rulesets.document.ProjectKeys;
import io.variate.rulesets.rows.RulesetRows;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A compiled ruleset: deeply immutable, shared by all threads of a node. */
public final class Ruleset {
    private final RulesetRows rows;
    private final Map<String, CompiledProject> compiled;
    private final Map<String, DeployedFlags> deploymentsByKey;
    private final Map<String, Project> projectsByApiKey;

    /**
     * Creates a ruleset.
     *
     * @param compiled all projects with rows, by key
     * @param deploymentsByKey the deployments of all projects; owned by this object from now on
     */
    Ruleset(RulesetRows rows, Map<String, CompiledProject> compiled, Map<String, DeployedFlags> deploymentsByKey) {
        this.rows = rows;
        this.compiled = Collections.unmodifiableMap(compiled);
        this.deploymentsByKey = Collections.unmodifiableMap(deploymentsByKey);
        this.projectsByApiKey = new HashMap<>();
        compiled.values().forEach(project -> {
            String apiKey = project.project().apiKey();
            if (apiKey != null) {
                projectsByApiKey.putIfAbsent(apiKey, project.project());
            }
        });
    }

    /** The number of the revision, which grows with every change. */
    public long revision() {
        return rows.revision().number();
    }

    /** The rows that this ruleset was compiled from. */
    public RulesetRows rows() {
        return rows;
    }

    Map<String, CompiledProject> compiled() {
        return compiled;
    }

    /** Deployments of all projects in the zone of this node, by key, also by previous ones that may have expired. */
    public Map<String, DeployedFlags> deploymentsByKey() {
        return deploymentsByKey;
    }

    /** The flags of the deployment with this key, or null if this zone has no such deployment or the key has expired. */
    public @Nullable DeployedFlags deployment(String key) {
        DeployedFlags found = deploymentsByKey.get(key);
        return found == null || found.hasExpired() ? null : found;
    }

    /** The project with this key, or null. */
    public @Nullable Project project(String key) {
        CompiledProject project = compiled.get(key);
        return project == null ? null : project.project();
    }

    /** The keys of all projects, in order; the unnamed one first. */
    public Set<String> projects() {
        return compiled.keySet();
    }

    /** The project with this {@code apiKey}, or null. The unnamed project has none: its key is in the settings. */
    public @Nullable Project projectOf(String apiKey) {
        return projectsByApiKey.get(apiKey);
    }

    /** The cohorts of a project in the ruleset document; none if there is no such project. */
    public Cohorts cohorts(String projectKey) {
        Project project = project(projectKey);
        return project == null ? Cohorts.NONE : project.cohorts();
    }

    /** Elements left out, conditions that never hold, and what cannot be meant in a flag, with the reason. */
    public List<Problem> problems() {
        return compiled.values().stream()
                .flatMap(project -> project.problems().stream())
                .toList();
    }

    /** The number of {@link #problems}. */
    int problemCount() {
        return compiled.values().stream()
                .mapToInt(project -> project.problems().size())
                .sum();
    }

    /** The flags of a project in document order; none if there is no such project. */
    public List<Flag> flags(String project) {
        CompiledProject found = compiled.get(project);
        return found == null ? List.of() : found.flags();
    }

    /** The labels of the deployments of all zones that list a flag, whether it exists or not. */
    public Set<String> labelsOfDeploymentsWith(String project, String flag) {
        CompiledProject found = compiled.get(project);
        return found == null ? Set.of() : found.labelsOfDeploymentsWith(flag);
    }

    /** The flags of all projects, so that a document that repeats them need not read and compile them again. */
    public KnownFlags known() {
        Map<String, KnownProject> used = new ConcurrentHashMap<>();
        return key -> {
            CompiledProject found = compiled.get(key);
            return found == null ? null : used.computeIfAbsent(key, absent -> found.known());
        };
    }

    /** The sorted names of flags that are withheld from SDKs with local evaluation in any deployment. */
    Set<String> withheld() {
        Set<String> names = new TreeSet<>();
        compiled.forEach((project, flags) -> flags.withheld()
                .forEach(key -> names.add(project.equals(ProjectKeys.UNNAMED) ? key : project + "/" + key)));
        return names;
    }

    @Override
    public String toString() {
        return "Ruleset[revision=" + revision() + ", " + compiled.size() + " projects, " + deploymentsByKey.size()
                + " deployments]";
    }
}
