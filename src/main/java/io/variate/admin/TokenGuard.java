package io.variate.admin;

import io.variate.config.Secret;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lets a request pass if it carries the admin token; without a token in the settings, which loopback only allows, all
 * requests pass.
 *
 * @param token what {@code Authorization: Bearer …} must say
 */
record TokenGuard(@Nullable Secret token) implements Handler<RoutingContext> {
    private static final String SCHEME = "Bearer ";

    @Override
    public void handle(RoutingContext context) {
        if (token == null || matches(token, context.request().headers().getAll(HttpHeaders.AUTHORIZATION))) {
            context.next();
            return;
        }
        context.response().putHeader("WWW-Authenticate", "Bearer");
        Replies.error(context, 401, "unauthorized", "send the header Authorization: Bearer <admin token>");
    }

    /** Of two headers nobody can say which is meant, so neither is taken. */
    private static boolean matches(Secret expected, List<String> headers) {
        String header = headers.size() == 1 ? headers.get(0) : "";
        if (!header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return false;
        }
        // Takes the same time wherever the first difference is.
        return MessageDigest.isEqual(
                header.substring(SCHEME.length()).strip().getBytes(StandardCharsets.UTF_8),
                expected.value().getBytes(StandardCharsets.UTF_8));
    }
}
