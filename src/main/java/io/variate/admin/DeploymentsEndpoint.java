package io.variate.admin;

import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.DeployedFlags;
import io.variate.rulesets.Ruleset;
import io.variate.rulesets.document.Deployment;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;

/**
 * {@code GET /api/1/deployments}: the deployments of this zone with their keys, all on one page.
 *
 * <p>Source: Amplitude's management API, as far as its evaluation proxy asks it: ids are strings.
 */
public final class DeploymentsEndpoint {
    /** There is one project, and it has no name. */
    private static final String PROJECT = "1";

    private static final int ID_BYTES = 8;

    private final CurrentRuleset current;

    /** Tells of the ruleset of the moment. */
    public DeploymentsEndpoint(CurrentRuleset current) {
        this.current = current;
    }

    void list(RoutingContext context) {
        Ruleset ruleset = current.get();
        if (ruleset == null) {
            Replies.error(context, 503, "not_ready", "this node has no ruleset yet");
            return;
        }
        JsonArray deployments = new JsonArray();
        ruleset.deploymentsByKey().values().stream()
                .map(DeployedFlags::deployment)
                .sorted(Comparator.comparing(Deployment::label).thenComparing(Deployment::key))
                .map(DeploymentsEndpoint::toJson)
                .forEach(deployments::add);
        Replies.json(context, 200, new JsonObject().put("deployments", deployments));
    }

    private static JsonObject toJson(Deployment deployment) {
        return new JsonObject()
                .put("id", id(deployment.key()))
                .put("projectId", PROJECT)
                .put("label", deployment.label())
                .put("key", deployment.key())
                .put("deleted", false);
    }

    /** The same as long as the key is. */
    private static String id(String key) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, ID_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
