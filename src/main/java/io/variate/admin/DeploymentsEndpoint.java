package io.variate.admin;

import io.variate.management.access.Caller;
import io.variate.management.access.Right;
import io.variate.management.access.UsageRecorder;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.DeployedFlags;
import io.variate.rulesets.Ruleset;
import io.variate.rulesets.document.Deployment;
import io.variate.rulesets.document.ProjectKeys;
import io.variate.web.Failures;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;

/**
 * {@code GET /api/1/deployments}: the deployments of this zone, without paging. Only an administrator of the project sees
 * keys.
 *
 * <p>Source: the part of Amplitude's management API that its evaluation proxy uses; ids are strings.
 */
public final class DeploymentsEndpoint {
    private static final Comparator<Deployment> BY_LABEL =
            Comparator.comparing(Deployment::label).thenComparing(Deployment::key);

    private final CurrentRuleset current;
    private final UsageRecorder usage;

    /** Lists the deployments of the current ruleset, with the last use of their keys. */
    public DeploymentsEndpoint(CurrentRuleset current, UsageRecorder usage) {
        this.current = current;
        this.usage = usage;
    }

    void list(RoutingContext context) {
        Ruleset ruleset = current.get();
        if (ruleset == null) {
            Replies.error(context, Failures.NOT_READY);
            return;
        }
        Caller caller = Caller.of(context);
        JsonArray deployments = new JsonArray();
        ruleset.deploymentsByKey().values().stream()
                .filter(deployed -> !deployed.hasExpired())
                .filter(deployed -> caller.sees(deployed.project().key()))
                .sorted(Comparator.comparing(DeployedFlags::deployment, BY_LABEL))
                .map(deployed -> toJson(deployed, caller))
                .forEach(deployments::add);
        Replies.json(context, 200, new JsonObject().put("deployments", deployments));
    }

    private JsonObject toJson(DeployedFlags deployed, Caller caller) {
        Deployment deployment = deployed.deployment();
        String project = deployed.project().key();
        String id = Deployment.idOf(deployment.key());
        Instant lastUsed = usage.lastUsed(id);
        JsonObject json = new JsonObject()
                .put("id", id)
                .put("projectId", ProjectKeys.id(project))
                .put("label", deployment.label());
        if (caller.permits(Right.ADMINISTER, project, null, List.of())) {
            json.put("key", deployment.key());
        }
        return json.put("lastUsed", lastUsed == null ? null : lastUsed.toString())
                .put("deleted", false);
    }
}
