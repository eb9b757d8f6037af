package io.variate.http.cohorts;

import io.variate.cohorts.UploadedCohorts;
import io.variate.config.Settings;
import io.variate.rulesets.CurrentRuleset;
import io.variate.web.Authentication;
import io.variate.web.BasicAuthentication;
import io.variate.web.Endpoints;
import io.variate.web.Failures;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;

/** Cohorts for SDKs with local evaluation: the members of a cohort, and the cohorts of a member. */
public final class CohortEndpoints implements Endpoints {
    private static final String DOWNLOAD = "/sdk/v1/cohort/:id";

    private final CurrentRuleset current;
    private final UploadedCohorts uploaded;
    private final Settings.Project project;

    /**
     * Serves cohorts.
     *
     * @param current has the cohorts of the ruleset document
     * @param uploaded replace cohorts of the document with the same id
     * @param project has the keys that permit downloads from the unnamed project
     */
    public CohortEndpoints(CurrentRuleset current, UploadedCohorts uploaded, Settings.Project project) {
        this.current = current;
        this.uploaded = uploaded;
        this.project = project;
    }

    @Override
    public void addTo(Router router) {
        router.get(DOWNLOAD)
                .handler(new BasicAuthentication(current, project))
                .handler(new CohortDownload(current, uploaded))
                .failureHandler(Failures::handle);
        router.route(DOWNLOAD).handler(context -> Failures.refuseMethod(context, HttpMethod.GET));
        router.get(MembershipsHandler.ROUTE)
                .handler(new Authentication(current))
                .handler(new MembershipsHandler(uploaded))
                .failureHandler(Failures::handle);
        router.route(MembershipsHandler.ROUTE).handler(context -> Failures.refuseMethod(context, HttpMethod.GET));
    }
}
