package io.variate.management.access;

import io.vertx.ext.web.RoutingContext;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The authenticated caller of a request of the management API. Immutable; holds no secret.
 *
 * <p>A caller that may not read a project must not learn whether it exists: answer 404, as for an unknown project. For a
 * missing right in a project that the caller may read, answer 403 {@code forbidden}.
 *
 * @param id tells tokens apart that have the same name one after the other; never shown
 * @param name the name of the token, for the audit and logs
 * @param role the role of the token
 * @param scope what the token is limited to
 */
public record Caller(String id, String name, Role role, Scope scope) {
    private static final String KEY = Caller.class.getName();
    private static final Caller ADMIN = new Caller("admin.token", Role.ADMIN, Scope.ALL);

    /** A caller that is no stored token; its name is its id. */
    public Caller(String name, Role role, Scope scope) {
        this(name, name, role, scope);
    }

    /** The caller with the admin token of the settings, or on loopback without a token. */
    public static Caller admin() {
        return ADMIN;
    }

    /** The caller of a request. The guard of {@code /api/*} has stored it before any handler runs. */
    public static Caller of(RoutingContext context) {
        return context.get(KEY);
    }

    /** A caller who may do everything in the same projects, for writes that are only tried out. */
    public Caller unlimited() {
        return new Caller(id, name, Role.ADMIN, new Scope(scope.projects(), Set.of(), Set.of()));
    }

    /** Stores this caller in the request. */
    public void attachTo(RoutingContext context) {
        context.put(KEY, this);
    }

    /**
     * Whether the caller may do something in a project.
     *
     * <p>An editor that is limited to deployments may write a flag only if all deployments that list the flag are within
     * its scope, before the write and after it. A deployment with {@code *} lists every flag of its project. A flag in no
     * deployment may be written if its project and key fit.
     *
     * @param project the key of the project; empty for the project without a name
     * @param key the key of the flag or experiment; null if the request concerns something else, or several. Only for
     *     {@link Right#WRITE}
     * @param deployments labels of the deployments that list the flag, before the write and after it. Only for {@link
     *     Right#WRITE}
     */
    public boolean permits(Right right, String project, @Nullable String key, Collection<String> deployments) {
        if (!role.includes(right) || !scope.includesProject(project)) {
            return false;
        }
        return switch (right) {
            case READ -> true;
            case WRITE -> scope.includesKey(key) && scope.includesDeployments(deployments);
            case ADMINISTER -> !scope.limitsWrites();
        };
    }

    /** Whether the caller may read the project; otherwise the project is unknown to it. */
    public boolean sees(String project) {
        return permits(Right.READ, project, null, List.of());
    }

    /** Whether the caller has a right in all projects, without any limit. */
    public boolean permitsEverywhere(Right right) {
        return role.includes(right) && scope.projects().isEmpty() && (right == Right.READ || !scope.limitsWrites());
    }
}
