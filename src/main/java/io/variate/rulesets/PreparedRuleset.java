package io.variate.rulesets;

import io.variate.rulesets.document.EncodedRuleset;
import io.variate.store.RulesetRows;

/**
 * A document that is about to be stored, compiled in advance: the node that stores it need not compile it again when it
 * reads it back. Immutable.
 *
 * @param rows the document as it is stored
 * @param compiled the same document, compiled
 */
record PreparedRuleset(RulesetRows rows, CompiledDocument compiled) {

    /** Whether this is the document that was read back, in whatever revision. */
    boolean matches(EncodedRuleset encoded) {
        return encoded.json().equals(PostgresRulesetSource.json(rows.columns(encoded.revision())));
    }
}
