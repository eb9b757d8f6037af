package io.variate.page;

import io.variate.cohorts.UploadedCohorts;
import io.variate.engine.EvaluationContext;
import io.variate.engine.EvaluationPlan;
import io.variate.http.vardata.EvaluationQuery;
import io.variate.json.JsonException;
import io.variate.rulesets.DeployedFlags;
import io.variate.rulesets.Project;
import io.variate.rulesets.document.FlagFilter;
import io.variate.web.ApiError;
import io.variate.web.InvalidRequestException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The flags of a deployment that a request asks for, and its user.
 *
 * @param plan the flags and their dependencies
 */
record RequestedFlags(EvaluationQuery query, EvaluationPlan plan, Project project) {

    /** Null if the deployment has none of the flags. */
    static @Nullable RequestedFlags of(EvaluationQuery query, DeployedFlags deployed) {
        FlagFilter filter = query.flags();
        List<String> keys = deployed.keys(filter);
        return keys.isEmpty()
                ? null
                : new RequestedFlags(query, deployed.plan(filter.isAll() ? List.of() : keys), deployed.project());
    }

    /**
     * Reads the user.
     *
     * @param uploaded cohorts, in addition to those of the ruleset
     * @throws InvalidRequestException naming the part of the request that contained the user
     */
    EvaluationContext read(UploadedCohorts uploaded) {
        try {
            return plan.read(
                    query.user(), query.userId(), query.deviceId(), uploaded.over(project.key(), project.cohorts()));
        } catch (JsonException e) {
            throw new InvalidRequestException(ApiError.badRequest(
                    "invalid_context",
                    String.valueOf(e.getMessage()),
                    query.source().path()));
        }
    }
}
