package io.variate.rulesets.document;

import io.variate.rulesets.rows.RowSet;

/** Replaces the whole ruleset by a document without errors of form. */
record DocumentReplacement(CheckedRuleset checked) implements RulesetChange {

    @Override
    public KnownFlags flags() {
        return checked.known();
    }

    @Override
    public Outcome applyTo(RowSet present) {
        return new Outcome(checked.document().toRowSet(present), checked.check(present));
    }
}
