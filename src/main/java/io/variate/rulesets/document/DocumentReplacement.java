package io.variate.rulesets.document;

import io.variate.json.Problem;
import io.variate.rulesets.rows.RowSet;
import java.util.ArrayList;
import java.util.List;

/** Replaces the whole ruleset by a document without errors. */
record DocumentReplacement(CheckedRuleset checked) implements RulesetChange {

    @Override
    public KnownFlags flags() {
        return checked.known();
    }

    @Override
    public Outcome applyTo(RowSet present) {
        List<Problem> warnings = new ArrayList<>(checked.problems());
        checked.addVersions(present, warnings);
        return new Outcome(checked.document().toRowSet(present), warnings);
    }
}
