package io.variate.admin;

import io.variate.config.Secret;
import io.variate.web.ApiError;
import io.variate.web.AuthorizationHeader;
import io.variate.web.ResponseHeaders;
import io.vertx.core.Handler;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/**
 * Admits requests with {@code Authorization: Bearer <admin token>}. Admits all requests if the settings have no token, which
 * they allow on loopback only.
 *
 * @param token the admin token; null for none
 */
record TokenGuard(@Nullable Secret token) implements Handler<RoutingContext> {
    private static final String SCHEME = "Bearer";
    private static final ApiError UNAUTHORIZED =
            new ApiError(401, "unauthorized", "Authorization must be sent once, as Bearer <admin token>");

    @Override
    public void handle(RoutingContext context) {
        if (token == null || matches(token, context)) {
            context.next();
            return;
        }
        context.response().putHeader(ResponseHeaders.CHALLENGE, SCHEME);
        Replies.error(context, UNAUTHORIZED);
    }

    private static boolean matches(Secret expected, RoutingContext context) {
        String sent = AuthorizationHeader.credentials(context.request().headers(), SCHEME);
        // Compares in constant time.
        return sent != null
                && MessageDigest.isEqual(
                        sent.getBytes(StandardCharsets.UTF_8), expected.value().getBytes(StandardCharsets.UTF_8));
    }
}
