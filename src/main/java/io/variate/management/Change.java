package io.variate.management;

import io.variate.management.comparison.FieldChange;
import io.variate.management.model.ResourceKind;
import java.util.List;

/**
 * What a write changes in one resource, without credentials. Immutable.
 *
 * @param action {@code create}, {@code edit}, {@code archive}, {@code unarchive}, {@code delete}, {@code revert}, {@code
 *     adopt}, {@code copy}, {@code recompile} for a change of another resource, or {@code reconcile} for a change of the row
 * @param label the key, or the label of a deployment
 * @param version the new version
 * @param definition the changed fields of the resource
 * @param compiled the changed fields of the row; empty if evaluation cannot see the change
 */
public record Change(
        String action,
        ResourceKind kind,
        long id,
        String project,
        String label,
        long version,
        List<FieldChange> definition,
        List<FieldChange> compiled) {

    public Change {
        definition = List.copyOf(definition);
        compiled = List.copyOf(compiled);
    }
}
