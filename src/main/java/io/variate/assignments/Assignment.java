package io.variate.assignments;

import io.variate.engine.Evaluation;
import io.variate.engine.EvaluationContext;

/**
 * What a user was told.
 *
 * @param context whom the variants were selected for
 * @param evaluation every result, default and undeployed ones included
 * @param revision ruleset that all results come from
 * @param deployment label of the deployment that asked
 * @param time milliseconds since 1970 UTC
 */
public record Assignment(
        EvaluationContext context, Evaluation evaluation, long revision, String deployment, long time) {}
