package io.variate.admin;

import io.variate.management.access.Right;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.RulesetEditor;
import io.variate.rulesets.RulesetRecovery;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import org.jspecify.annotations.Nullable;

/** The routes below {@code /api/1/ruleset}: the document, its flags and projects, and recovery. */
public final class RulesetRoutes {
    private static final String DOCUMENT = "/api/1/ruleset";
    private static final String FLAG = DOCUMENT + "/flags/:key";
    private static final String PROJECT = DOCUMENT + "/projects/:project";
    private static final String RECOVER = DOCUMENT + "/recover";

    private final RulesetEndpoint document;
    private final FlagDefinitionEndpoint flags;
    private final ProjectDefinitionEndpoint projects;
    private final RecoveryEndpoint recovery;

    /**
     * Exports the served ruleset, and changes the stored one.
     *
     * @param editor null if the ruleset does not come from a database, and writes are rejected
     * @param recovery null if and only if {@code editor} is
     * @param hasUpstream whether the ruleset comes from an upstream
     */
    public RulesetRoutes(
            CurrentRuleset current,
            @Nullable RulesetEditor editor,
            @Nullable RulesetRecovery recovery,
            boolean hasUpstream) {
        RulesetChanges changes = new RulesetChanges(current, editor, hasUpstream);
        this.document = new RulesetEndpoint(current, changes);
        this.flags = new FlagDefinitionEndpoint(current, changes);
        this.projects = new ProjectDefinitionEndpoint(current, changes);
        this.recovery = new RecoveryEndpoint(current, changes, recovery);
    }

    void mount(Router router, DocumentBodies bodies) {
        // Before the body arrives. Documents contain deployment keys and the keys of projects.
        router.route(DOCUMENT).handler(RulesetRoutes::requireAdministrator);
        router.route(RECOVER).handler(RulesetRoutes::requireAdministrator);
        router.route(PROJECT).handler(projects::requireAdministrator);
        router.put(FLAG).handler(flags::requireEditor);
        router.delete(FLAG).handler(flags::requireEditor);
        router.get(DOCUMENT).handler(document::export);
        bodies.receive(router, HttpMethod.PUT, DOCUMENT).handler(document::replace);
        router.route(DOCUMENT).handler(Replies.onlyAllows("GET, HEAD, PUT"));
        router.get(FLAG).handler(flags::export);
        bodies.receive(router, HttpMethod.PUT, FLAG).handler(flags::replace);
        router.delete(FLAG).handler(flags::remove);
        router.route(FLAG).handler(Replies.onlyAllows("GET, HEAD, PUT, DELETE"));
        router.get(PROJECT).handler(projects::export);
        bodies.receive(router, HttpMethod.PUT, PROJECT).handler(projects::replace);
        router.delete(PROJECT).handler(projects::remove);
        router.route(PROJECT).handler(Replies.onlyAllows("GET, HEAD, PUT, DELETE"));
        bodies.receive(router, HttpMethod.POST, RECOVER).handler(recovery::recover);
        router.route(RECOVER).handler(Replies.onlyAllows("POST"));
    }

    private static void requireAdministrator(RoutingContext context) {
        if (Rights.haveEverywhere(context, Right.ADMINISTER)) {
            context.next();
        }
    }
}
