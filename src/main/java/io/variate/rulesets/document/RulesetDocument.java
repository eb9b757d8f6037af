package io.variate.rulesets.document;

import io.variate.engine.model.Flag;
import io.variate.rulesets.rows.ProjectRows;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowChanges;
import io.variate.rulesets.rows.RowKey;
import io.variate.rulesets.rows.RowKind;
import io.variate.rulesets.rows.RowSet;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A ruleset as its authors write it, in files, imports and exports. Immutable.
 *
 * @param revision grows with every change
 * @param projects in document order, keys unique
 */
public record RulesetDocument(long revision, List<ProjectDocument> projects) {

    public RulesetDocument {
        projects = List.copyOf(projects);
    }

    /**
     * A flag and its definition.
     *
     * @param definition the JSON text as stored, which keeps fields unknown to the engine
     */
    public record DefinedFlag(Flag flag, String definition) implements Element {}

    /**
     * A cohort and its definition.
     *
     * @param lastModified positive, or null if the document does not state it
     * @param definition the JSON text as stored, which keeps unknown fields
     */
    public record DefinedCohort(
            String id, String groupType, @Nullable Long lastModified, List<String> memberIds, String definition)
            implements Element {}

    /** The project with a key, or null. */
    public @Nullable ProjectDocument project(String key) {
        return projects.stream()
                .filter(project -> project.key().equals(key))
                .findFirst()
                .orElse(null);
    }

    private ProjectDocument unnamed() {
        ProjectDocument project = project(ProjectKeys.UNNAMED);
        return project == null ? ProjectDocument.empty(ProjectKeys.UNNAMED) : project;
    }

    /** The deployments of the project without a name. */
    public List<Deployment> deployments() {
        return unnamed().deployments();
    }

    /** The flags of the project without a name. */
    public List<DefinedFlag> flags() {
        return unnamed().flags();
    }

    /** The cohorts of the project without a name. */
    public List<DefinedCohort> cohorts() {
        return unnamed().cohorts();
    }

    /**
     * The document as rows. Only rows that differ from the present ones are new instances, and as few as possible differ.
     *
     * @param present the stored rows, to which the positions of new rows are relative
     */
    public RowSet toRowSet(RowSet present) {
        List<RowKey> removed = new ArrayList<>();
        List<Row> changed = new ArrayList<>();
        Set<String> kept = new HashSet<>();
        for (ProjectDocument project : projects) {
            kept.add(project.key());
            RowChanges changes = project.changesFrom(present.project(project.key()));
            removed.addAll(changes.removed());
            changed.addAll(changes.changed());
        }
        for (ProjectRows project : present.projects()) {
            if (!kept.contains(project.key())) {
                removed.addAll(keys(project));
            }
        }
        return present.apply(new RowChanges(removed, changed));
    }

    /** The keys of all rows of a project. */
    static List<RowKey> keys(ProjectRows project) {
        List<RowKey> keys = new ArrayList<>();
        for (RowKind kind : RowKind.values()) {
            project.of(kind).forEach(row -> keys.add(row.key()));
        }
        return keys;
    }
}
