package io.variate.management;

import io.variate.management.model.Bucketing;
import io.variate.management.model.HoldoutGroup;
import io.variate.management.model.ManagedDeployment;
import io.variate.management.model.ManagedFlag;
import io.variate.management.model.MutexGroup;
import io.variate.management.model.Resource;
import java.util.Locale;

/** Completes new resources with what the server draws: salts, and keys of deployments and groups. Thread-safe. */
final class NewResources {
    private final Secrets secrets = new Secrets();

    /** The resource with an id, and with random values for an empty salt or key. */
    Resource complete(Resource resource, long id) {
        Resource identified = resource.withId(id);
        if (identified instanceof ManagedFlag flag) {
            return flag.edit().bucketing(salted(flag.bucketing())).build();
        }
        if (identified instanceof MutexGroup group) {
            return new MutexGroup(
                    id,
                    group.project(),
                    orDrawn(group.key(), "mutex"),
                    group.name(),
                    group.description(),
                    group.evaluationMode(),
                    salted(group.bucketing()),
                    group.slots(),
                    group.archived());
        }
        if (identified instanceof HoldoutGroup group) {
            return new HoldoutGroup(
                    id,
                    group.project(),
                    orDrawn(group.key(), "holdout"),
                    group.name(),
                    group.description(),
                    group.percentage(),
                    group.evaluationMode(),
                    salted(group.bucketing()),
                    group.variantName(),
                    group.experiments(),
                    group.individualInclusion(),
                    group.individualExclusion(),
                    group.archived());
        }
        if (identified instanceof ManagedDeployment deployment
                && deployment.key().isEmpty()) {
            return deployment.withKey(secrets.deploymentKey(deployment.type().text()));
        }
        return identified;
    }

    private String orDrawn(String key, String prefix) {
        return key.isEmpty() ? prefix + "-" + secrets.salt().toLowerCase(Locale.ROOT) : key;
    }

    private Bucketing salted(Bucketing bucketing) {
        return bucketing.salt().isEmpty()
                ? new Bucketing(bucketing.key(), secrets.salt(), bucketing.unit())
                : bucketing;
    }
}
