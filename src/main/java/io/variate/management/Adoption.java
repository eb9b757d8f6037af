package io.variate.management;

import io.variate.management.model.ManagedFlag;
import io.variate.management.model.RawFlag;
import io.variate.management.model.Resource;
import io.variate.management.model.ResourceKind;
import io.variate.rulesets.rows.RowSet;
import java.util.List;

/** Turns evaluation JSON back into resources. */
final class Adoption {
    private Adoption() {}

    static Resource of(RawFlag raw, Draft draft, RowSet rows) {
        throw new RejectedWriteException(409, "not_adoptable", "no managed resource compiles to it", null);
    }

    static Resource reread(Resource before, ResourceKind kind, String definition, List<Long> deployments) {
        if (before instanceof RawFlag raw) {
            return raw.withDefinition(kind, definition)
                    .withDeployments(deployments)
                    .withArchived(false);
        }
        ManagedFlag named = before instanceof ManagedFlag flag ? flag : null;
        return new RawFlag(
                before.id(),
                before.project(),
                before.key(),
                kind,
                named == null ? before.key() : named.name(),
                named == null ? "" : named.description(),
                definition,
                deployments,
                named == null ? List.of() : named.tags(),
                false);
    }
}
