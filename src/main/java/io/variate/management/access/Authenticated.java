package io.variate.management.access;

import io.vertx.ext.web.RoutingContext;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A request whose credential is valid.
 *
 * @param expiresAt when the session times out unless it is used, or the token expires; null for never. For a session at
 *     least, because other requests may have used it within the last minute
 */
public record Authenticated(
        Caller caller, Credential credential, @Nullable Instant expiresAt) {
    private static final String KEY = Authenticated.class.getName();

    /** The authentication of a request. The guard of {@code /api/*} has stored it before any handler runs. */
    public static Authenticated of(RoutingContext context) {
        return context.get(KEY);
    }

    /** Stores this and its caller in the request. */
    public void attachTo(RoutingContext context) {
        context.put(KEY, this);
        caller.attachTo(context);
    }
}
