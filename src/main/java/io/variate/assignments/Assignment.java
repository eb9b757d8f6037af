package io.variate.assignments;

import io.variate.engine.Evaluation;
import io.variate.engine.EvaluationContext;

/**
 * The variants that a user was given.
 *
 * @param context the user
 * @param evaluation every result, including default variants and undeployed flags
 * @param revision revision of the ruleset that produced all results
 * @param project key of the project of the requesting deployment; empty for the unnamed project
 * @param deployment label of the requesting deployment
 * @param time milliseconds since 1970 UTC
 */
public record Assignment(
        EvaluationContext context,
        Evaluation evaluation,
        long revision,
        String project,
        String deployment,
        long time) {}
