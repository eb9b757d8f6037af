package io.variate.admin.console;

import io.variate.management.access.Authenticated;
import io.variate.management.access.Caller;
import io.variate.management.access.Credential;
import io.variate.management.access.Scope;
import io.variate.rulesets.document.ProjectKeys;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.stream.Stream;

/**
 * Describes a caller, so that the console offers only what the caller may do.
 *
 * @param node {@code node.id}
 * @param version of this program
 * @param management whether the node can change resources, which requires PostgreSQL
 * @param open whether requests without a token have all rights
 */
public record Me(String node, String version, boolean management, boolean open) {

    JsonObject describe(Authenticated authenticated) {
        Caller caller = authenticated.caller();
        Scope scope = caller.scope();
        return new JsonObject()
                .put("name", caller.name())
                .put("role", caller.role().text())
                .put("projects", sorted(scope.projects().stream().map(ProjectKeys::id)))
                .put("deployments", sorted(scope.deployments().stream()))
                .put("keyPrefixes", sorted(scope.keyPrefixes().stream()))
                .put("node", node)
                .put("version", version)
                .put("session", authenticated.credential() instanceof Credential.Session)
                .put("expiresAt", Times.text(authenticated.expiresAt()))
                .put("management", management)
                .put("local", open);
    }

    private static JsonArray sorted(Stream<String> texts) {
        return new JsonArray(texts.sorted().toList());
    }
}
