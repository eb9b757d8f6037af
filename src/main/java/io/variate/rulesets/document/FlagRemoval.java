package io.variate.rulesets.document;

import io.variate.rulesets.rows.ProjectRows;
import io.variate.rulesets.rows.RowKind;
import io.variate.rulesets.rows.RowSet;
import java.util.List;

/** Removes one flag, unless a deployment lists it or another flag depends on it. */
record FlagRemoval(String project, String key, KnownFlags known) implements RulesetChange {

    @Override
    public Outcome applyTo(RowSet present) {
        ProjectRows rows = present.project(project);
        if (rows == null) {
            throw UnknownElementException.project(project);
        }
        if (rows.flags().stream().noneMatch(row -> row.key().key().equals(key))) {
            throw UnknownElementException.flag(project, key);
        }
        ElementChange removal = new ElementChange(RowKind.FLAG, project, key, null, "");
        return RulesetChange.elements(List.of(removal), known, true).applyTo(present);
    }
}
