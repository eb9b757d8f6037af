package io.variate.management;

import io.variate.management.access.Caller;
import io.variate.management.access.Right;
import io.variate.management.model.ManagedDeployment;
import io.variate.management.model.Resource;
import io.variate.management.model.ResourceKind;
import io.variate.rulesets.document.Deployment;
import io.variate.rulesets.document.RowReader;
import io.variate.rulesets.rows.ProjectRows;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowSet;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Checks that a caller may write what it writes. */
final class Permissions {
    private final Caller caller;
    private final Draft draft;
    private final RowSet rows;

    private Permissions(Caller caller, Draft draft, RowSet rows) {
        this.caller = caller;
        this.draft = draft;
        this.rows = rows;
    }

    /**
     * Checks every resource that a write names, before and after it. What changes because of another resource needs no
     * right.
     *
     * @throws RejectedWriteException with 403 {@code forbidden}
     */
    static void check(Caller caller, Draft draft, RowSet rows, WritePlaces places) {
        Permissions permissions = new Permissions(caller, draft, rows);
        draft.named().forEach(id -> places.check(id, () -> permissions.check(id)));
    }

    private void check(long id) {
        Resource before = draft.before(id);
        Resource after = draft.after(id);
        Set<String> labels = new HashSet<>();
        addLabels(before, labels);
        addLabels(after, labels);
        check(before, labels);
        check(after, labels);
    }

    private void check(@Nullable Resource resource, Set<String> labels) {
        if (resource == null) {
            return;
        }
        boolean isFlag = resource.kind() == ResourceKind.FLAG || resource.kind() == ResourceKind.EXPERIMENT;
        boolean permitted = isFlag
                ? caller.permits(Right.WRITE, resource.project(), resource.key(), labels)
                : resource.kind() == ResourceKind.PROJECT
                        ? caller.permitsEverywhere(Right.ADMINISTER)
                        : caller.permits(Right.ADMINISTER, resource.project(), null, List.of());
        if (!permitted) {
            throw Rejections.forbidden(
                    isFlag
                            ? "change '" + resource.key() + "'"
                            : "change any " + resource.kind().text());
        }
    }

    private void addLabels(@Nullable Resource resource, Set<String> labels) {
        if (resource == null || caller.scope().deployments().isEmpty()) {
            return;
        }
        for (long id : StoredForm.deployments(resource)) {
            if (draft.after(id) instanceof ManagedDeployment deployment) {
                labels.add(deployment.label());
            }
        }
        ProjectRows project = rows.project(resource.project());
        if (project != null) {
            RowReader reader = new RowReader(new ArrayList<>());
            for (Row row : project.deployments()) {
                Deployment deployment = reader.deployment(row);
                if (deployment != null && deployment.hasAllFlags()) {
                    labels.add(deployment.label());
                }
            }
        }
    }
}
