package io.variate.management.translation;

import io.variate.management.model.HoldoutGroup;
import io.variate.management.model.ManagedCohort;
import io.variate.management.model.ManagedDeployment;
import io.variate.management.model.ManagedFlag;
import io.variate.management.model.ManagedProject;
import io.variate.management.model.MutexGroup;
import io.variate.management.model.RawFlag;
import io.variate.management.model.Resource;
import io.variate.rulesets.document.Deployment;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Compiles resources to the rows that nodes read. Equal arguments give equal texts. Stateless; as thread-safe as the
 * references. Compiling takes time: call it on a worker thread.
 */
public final class ResourceCompiler {
    private ResourceCompiler() {}

    /**
     * Compiles a resource.
     *
     * @param flagVersion for the metadata of managed flags and groups. A caller compiles with the present version first, and
     *     with the next one only if that changes the row.
     */
    public static Compilation compile(
            Resource resource, long flagVersion, References references, CompilerSettings settings) {
        if (resource.archived()) {
            return new Compilation(null, List.of());
        }
        if (resource instanceof ManagedFlag flag) {
            return new FlagCompiler(references, settings, flagVersion).compile(flag);
        }
        if (resource instanceof MutexGroup group) {
            return new FlagCompiler(references, settings, flagVersion).compile(group);
        }
        if (resource instanceof HoldoutGroup group) {
            return new FlagCompiler(references, settings, flagVersion).compile(group);
        }
        if (resource instanceof RawFlag flag) {
            return new Compilation(flag.definition(), List.of());
        }
        if (resource instanceof ManagedDeployment deployment) {
            return new Compilation(deployment(deployment, references).definition(), List.of());
        }
        if (resource instanceof ManagedCohort cohort) {
            return new Compilation(cohort.definition(), List.of());
        }
        ManagedProject project = (ManagedProject) resource;
        return new Compilation(project.project().isEmpty() ? null : project.settings(), List.of());
    }

    /** Compiles a deployment: its flags are sorted by their keys. */
    static Deployment deployment(ManagedDeployment deployment, References references) {
        TreeSet<String> flags = new TreeSet<>(references.flagsOf(deployment.id()));
        flags.addAll(deployment.otherFlags());
        return new Deployment(
                deployment.key(),
                deployment.label(),
                deployment.type() == ManagedDeployment.Type.CLIENT ? Deployment.Type.CLIENT : Deployment.Type.SERVER,
                deployment.zone(),
                deployment.allFlags() ? List.of("*") : List.copyOf(flags),
                deployment.cacheSeconds(),
                deployment.remoteRules(),
                deployment.evaluationId(),
                previousKey(deployment));
    }

    /** The previous key of a deployment in its row, or null. */
    public static Deployment.@Nullable PreviousKey previousKey(ManagedDeployment deployment) {
        ManagedDeployment.PreviousKey previous = deployment.previousKey();
        return previous == null ? null : new Deployment.PreviousKey(previous.key(), previous.expiresAt());
    }
}
