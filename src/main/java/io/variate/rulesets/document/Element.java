package io.variate.rulesets.document;

import io.variate.rulesets.document.RulesetDocument.DefinedCohort;
import io.variate.rulesets.document.RulesetDocument.DefinedFlag;

/** What one row of a ruleset defines. Immutable. */
sealed interface Element permits DefinedFlag, DefinedCohort, Deployment, ProjectSettings {

    /** The JSON text as it is stored. */
    String definition();
}
