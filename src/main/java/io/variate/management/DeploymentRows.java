package io.variate.management;

import io.variate.management.model.ManagedDeployment;
import io.variate.management.translation.ResourceCompiler;
import io.variate.rulesets.document.Deployment;
import java.util.List;

/** The rows of deployments. */
final class DeploymentRows {
    private static final List<String> ALL = List.of("*");

    private DeploymentRows() {}

    /** @param flags the keys of the flags that it serves, unless it serves all */
    static Deployment deployment(ManagedDeployment deployment, List<String> flags) {
        return new Deployment(
                deployment.key(),
                deployment.label(),
                deployment.type() == ManagedDeployment.Type.CLIENT ? Deployment.Type.CLIENT : Deployment.Type.SERVER,
                deployment.zone(),
                deployment.allFlags() ? ALL : flags,
                deployment.cacheSeconds(),
                deployment.remoteRules(),
                deployment.evaluationId(),
                ResourceCompiler.previousKey(deployment));
    }

    static String definition(ManagedDeployment deployment, List<String> flags) {
        return deployment(deployment, flags).definition();
    }

    /**
     * The resource of a row.
     *
     * @param otherFlags the keys in the row that no flag or experiment has
     */
    static ManagedDeployment resource(long id, String project, Deployment row, List<String> otherFlags) {
        Deployment.PreviousKey previous = row.previousKey();
        return new ManagedDeployment(
                id,
                project,
                row.key(),
                row.label(),
                row.type() == Deployment.Type.CLIENT ? ManagedDeployment.Type.CLIENT : ManagedDeployment.Type.SERVER,
                row.zone(),
                row.cacheSeconds(),
                row.remoteRules(),
                row.evaluationId(),
                row.hasAllFlags(),
                row.hasAllFlags() ? List.of() : otherFlags,
                false,
                previous == null ? null : new ManagedDeployment.PreviousKey(previous.key(), previous.expiresAt()));
    }
}
