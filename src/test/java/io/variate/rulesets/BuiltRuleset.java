package io.variate.rulesets;

import io.variate.engine.CompiledFlags;
import io.variate.engine.model.Flag;
import io.variate.engine.model.FlagReader;
import io.variate.engine.model.FlagReading;
import io.variate.json.Json;
import io.variate.rulesets.document.Deployment;
import io.variate.rulesets.document.EncodedRuleset;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A ruleset with several projects, built from its parts instead of a document. */
public final class BuiltRuleset {
    private final Map<String, Project> projects = new LinkedHashMap<>();
    private final Map<String, DeployedFlags> deployments = new LinkedHashMap<>();

    /**
     * Adds a project with one deployment of type server.
     *
     * @param deploymentKey also the label of the deployment
     * @param flags JSON array
     */
    public BuiltRuleset with(Project project, String deploymentKey, String flags) {
        List<Flag> read = new ArrayList<>();
        for (Object tree : (List<?>) Objects.requireNonNull(Json.parse(flags))) {
            read.add(((FlagReading.Accepted) FlagReader.read(tree, "flags")).flag());
        }
        CompiledFlags compiled = CompiledFlags.compile(read);
        Deployment deployment = new Deployment(
                deploymentKey, deploymentKey + "-label", Deployment.Type.SERVER, null, List.of("*"), 0, true, false);
        projects.put(project.key(), project);
        deployments.put(
                deploymentKey,
                new DeployedFlags(
                        project,
                        deployment,
                        compiled,
                        new ServedFlags(compiled.planAll().flags())));
        return this;
    }

    /** The ruleset. */
    public Ruleset at(long revision) {
        return new Ruleset(revision, new EncodedRuleset(revision, "{}"), projects, deployments, List.of());
    }

    /** Serves a ruleset that has no document. */
    public static void serve(CurrentRuleset current, Ruleset ruleset) throws ReflectiveOperationException {
        Field served = CurrentRuleset.class.getDeclaredField("ruleset");
        served.setAccessible(true);
        served.set(current, ruleset);
    }
}
