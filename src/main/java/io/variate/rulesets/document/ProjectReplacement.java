package io.variate.rulesets.document;

import io.variate.json.Problem;
import io.variate.json.Problems;
import io.variate.rulesets.rows.RowKey;
import io.variate.rulesets.rows.RowKind;
import io.variate.rulesets.rows.RowSet;
import java.util.ArrayList;
import java.util.List;

/**
 * Replaces or adds one project.
 *
 * @param checked a document without errors of form that has only this project
 */
record ProjectReplacement(String key, CheckedRuleset checked) implements RulesetChange {

    @Override
    public KnownFlags flags() {
        return checked.known();
    }

    @Override
    public Outcome applyTo(RowSet present) {
        ProjectDocument project = checked.document().projects().get(0);
        List<Problem> warnings = checked.check(present);
        RowSet after = present.apply(project.changesFrom(present.project(key)));
        rejectConflicts(project, after);
        return new Outcome(after, warnings);
    }

    /** Rejects credentials that other projects have. */
    private void rejectConflicts(ProjectDocument project, RowSet after) {
        List<Problem> found = new ArrayList<>();
        Problems place = ProjectKeys.of(key, new Problems("", found));
        Credentials credentials = Credentials.of(after);
        ElementPaths paths = new ElementPaths(place.member("deployments"));
        for (Deployment deployment : project.deployments()) {
            RowKey row = new RowKey(RowKind.DEPLOYMENT, key, deployment.key());
            credentials.check(deployment, row, paths.next(deployment.label()));
        }
        credentials.check(project.settings(), new RowKey(RowKind.PROJECT, key, ""), place);
        if (!found.isEmpty()) {
            throw new InvalidRulesetException(found);
        }
    }
}
