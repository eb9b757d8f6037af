package io.variate.rulesets.document;

import io.variate.json.Json;
import io.variate.json.LoneSurrogates;
import io.variate.json.Problem;
import io.variate.json.Problems;
import io.variate.rulesets.document.RulesetDocument.DefinedFlag;
import io.variate.rulesets.rows.ProjectRows;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowChanges;
import io.variate.rulesets.rows.RowKey;
import io.variate.rulesets.rows.RowKind;
import io.variate.rulesets.rows.RowSet;
import java.util.ArrayList;
import java.util.List;

/** Removes one flag, unless a deployment lists it or another flag depends on it. */
record FlagRemoval(String project, String key) implements RulesetChange {

    @Override
    public Outcome applyTo(RowSet present) {
        ProjectRows rows = present.project(project);
        if (rows == null) {
            throw UnknownElementException.project(project);
        }
        if (rows.flags().stream().noneMatch(row -> row.key().key().equals(key))) {
            throw UnknownElementException.flag(project, key);
        }
        List<Problem> found = deploymentsWithFlag(rows);
        found.addAll(dependents(rows));
        if (!found.isEmpty()) {
            throw new InvalidRulesetException(found);
        }
        RowKey removed = new RowKey(RowKind.FLAG, project, key);
        return new Outcome(present.apply(new RowChanges(List.of(removed), List.of())), List.of());
    }

    private List<Problem> deploymentsWithFlag(ProjectRows rows) {
        List<Problem> found = new ArrayList<>();
        Problems deployments = ProjectKeys.of(project, new Problems("", found)).member("deployments");
        RowReader reader = new RowReader(new ArrayList<>());
        for (int i = 0; i < rows.deployments().size(); i++) {
            Deployment deployment = reader.deployment(rows.deployments().get(i));
            int listed = deployment == null ? -1 : deployment.flags().indexOf(key);
            if (listed >= 0) {
                deployments
                        .element(i)
                        .member("flags")
                        .element(listed)
                        .add("", "lists the flag '" + key + "', so it cannot be removed");
            }
        }
        return found;
    }

    /** Reads only flags whose text has the key: a change must not cost the whole project. */
    private List<Problem> dependents(ProjectRows rows) {
        List<Problem> found = new ArrayList<>();
        Problems flags = ProjectKeys.of(project, new Problems("", found)).member("flags");
        String written = LoneSurrogates.escape(Json.write(key));
        RowReader reader = new RowReader(new ArrayList<>());
        for (int i = 0; i < rows.flags().size(); i++) {
            Row row = rows.flags().get(i);
            if (!row.key().key().equals(key) && row.definition().contains(written)) {
                DefinedFlag flag = reader.flag(row);
                int listed = flag == null ? -1 : flag.flag().dependencies().indexOf(key);
                if (listed >= 0) {
                    flags.element(i)
                            .member("dependencies")
                            .element(listed)
                            .add("", "depends on the flag '" + key + "', so it cannot be removed");
                }
            }
        }
        return found;
    }
}
