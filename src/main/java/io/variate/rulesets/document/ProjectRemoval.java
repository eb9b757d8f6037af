package io.variate.rulesets.document;

import io.variate.rulesets.rows.ProjectRows;
import io.variate.rulesets.rows.RowChanges;
import io.variate.rulesets.rows.RowSet;
import java.util.List;

/** Removes one project with everything in it. */
record ProjectRemoval(String key) implements RulesetChange {

    @Override
    public Outcome applyTo(RowSet present) {
        ProjectRows project = present.project(key);
        if (project == null) {
            throw UnknownElementException.project(key);
        }
        return new Outcome(present.apply(new RowChanges(RulesetDocument.keys(project), List.of())), List.of());
    }
}
