package io.variate.admin;

import io.variate.management.access.Caller;
import io.variate.management.access.Right;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.DeployedFlags;
import io.variate.rulesets.Ruleset;
import io.variate.rulesets.document.Deployment;
import io.variate.rulesets.document.ProjectKeys;
import io.variate.web.Failures;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
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

    private static final int ID_BYTES = 8;

    private final CurrentRuleset current;

    /** Lists the deployments of the current ruleset. */
    public DeploymentsEndpoint(CurrentRuleset current) {
        this.current = current;
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
                .filter(deployed -> caller.sees(deployed.project().key()))
                .sorted(Comparator.comparing(DeployedFlags::deployment, BY_LABEL))
                .map(deployed -> toJson(deployed, caller))
                .forEach(deployments::add);
        Replies.json(context, 200, new JsonObject().put("deployments", deployments));
    }

    private static JsonObject toJson(DeployedFlags deployed, Caller caller) {
        Deployment deployment = deployed.deployment();
        String project = deployed.project().key();
        JsonObject json = new JsonObject()
                .put("id", id(deployment.key()))
                .put("projectId", ProjectKeys.id(project))
                .put("label", deployment.label());
        if (caller.permits(Right.ADMINISTER, project, null, List.of())) {
            json.put("key", deployment.key());
        }
        return json.put("deleted", false);
    }

    /** A stable id, derived from the key. */
    private static String id(String key) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, ID_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is missing, which every Java platform must have", e);
        }
    }
}
