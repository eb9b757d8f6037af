package io.variate.admin;

import io.variate.config.Secret;
import io.variate.management.access.Caller;
import io.variate.management.access.Token;
import io.variate.management.access.TokenCache;
import io.variate.observability.OncePerMinute;
import io.variate.web.ApiError;
import io.variate.web.AuthorizationHeader;
import io.variate.web.ResponseHeaders;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Admits requests with {@code Authorization: Bearer} and the admin token or a stored token, and attaches their {@link
 * Caller}. Without an admin token in the settings, which they allow on loopback only, a request without a stored token has
 * all rights too.
 *
 * <p>Logs every write and dry run with the name of its token, whether it is accepted or not. Belongs to one Vert.x context.
 */
public final class TokenGuard implements Handler<RoutingContext> {
    private static final Logger log = LoggerFactory.getLogger(TokenGuard.class);
    private static final String SCHEME = "Bearer";
    private static final Set<HttpMethod> READS = Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);
    private static final int LONGEST_LOGGED_PATH = 256;

    /** They evaluate, and write nothing. */
    private static final Set<String> READING_POSTS =
            Set.of(PreviewEndpoint.PATH, DraftEndpoints.EXPLAIN, DraftEndpoints.SIMULATE);

    private static final String DRY_RUN = TokenGuard.class.getName() + ".dryRun";

    private static final ApiError UNAUTHORIZED = new ApiError(
            401, "unauthorized", "Authorization must be sent once, as Bearer <token>, with a token that is valid");
    private static final ApiError UNAVAILABLE =
            new ApiError(503, "database_unavailable", "PostgreSQL is unavailable to check the token; retry later");

    private final @Nullable Secret adminToken;
    private final @Nullable TokenCache tokens;
    private final OncePerMinute warnings = new OncePerMinute(System::nanoTime);

    /**
     * Checks tokens.
     *
     * @param adminToken null for none
     * @param tokens null if this node has no database, hence no stored tokens
     */
    TokenGuard(@Nullable Secret adminToken, @Nullable TokenCache tokens) {
        this.adminToken = adminToken;
        this.tokens = tokens;
    }

    @Override
    public void handle(RoutingContext context) {
        String sent = AuthorizationHeader.credentials(context.request().headers(), SCHEME);
        if (adminToken != null && sent != null && matches(adminToken, sent)) {
            admit(context, Caller.admin());
        } else if (sent != null && Token.isToken(sent)) {
            admit(context, new Token(sent));
        } else if (adminToken == null) {
            admit(context, Caller.admin());
        } else {
            reject(context);
        }
    }

    /** Marks a request that is like a write, and stores nothing. */
    public static void markDryRun(RoutingContext context) {
        context.put(DRY_RUN, true);
    }

    /** Compares in constant time. */
    private static boolean matches(Secret expected, String sent) {
        return MessageDigest.isEqual(
                sent.getBytes(StandardCharsets.UTF_8), expected.value().getBytes(StandardCharsets.UTF_8));
    }

    private void admit(RoutingContext context, Token token) {
        HttpServerRequest request = context.request();
        Future<@Nullable Caller> found =
                tokens == null ? Future.succeededFuture() : tokens.authenticate(token, isRead(context));
        if (found.isComplete()) {
            admit(context, found);
            return;
        }
        request.pause();
        found.onComplete(over -> {
            request.resume();
            admit(context, found);
        });
    }

    private void admit(RoutingContext context, Future<@Nullable Caller> found) {
        Caller caller = found.result();
        if (caller != null) {
            admit(context, caller);
        } else if (found.succeeded()) {
            reject(context);
        } else {
            Replies.error(context, UNAVAILABLE);
        }
    }

    private void reject(RoutingContext context) {
        if (!isRead(context) && warnings.permits("unauthorized")) {
            log.warn("management write without a valid token: method={} path={}", method(context), path(context));
        }
        context.response().putHeader(ResponseHeaders.CHALLENGE, SCHEME);
        Replies.error(context, UNAUTHORIZED);
    }

    private void admit(RoutingContext context, Caller caller) {
        caller.attachTo(context);
        if (!isRead(context)) {
            context.addEndHandler(ended -> logWrite(context, caller.name()));
        }
        context.next();
    }

    /** A client can have any number of writes refused, so repeated ones are logged once a minute. */
    private void logWrite(RoutingContext context, String token) {
        int status = context.response().getStatusCode();
        boolean isRefused = status >= 400;
        if (!isRefused || warnings.permits(token + ' ' + status + ' ' + method(context) + ' ' + path(context))) {
            log.info(
                    "management {}: method={} path={} status={} token={}",
                    context.get(DRY_RUN) == null ? "write" : "dry run",
                    method(context),
                    path(context),
                    status,
                    token);
        }
    }

    private static boolean isRead(RoutingContext context) {
        HttpMethod method = context.request().method();
        return READS.contains(method)
                || (method.equals(HttpMethod.POST) && READING_POSTS.contains(context.normalizedPath()));
    }

    private static String method(RoutingContext context) {
        return context.request().method().name();
    }

    /** As sent, so without spaces and line breaks; without the query, which is data. */
    private static String path(RoutingContext context) {
        String path = context.request().path();
        return path.length() > LONGEST_LOGGED_PATH ? path.substring(0, LONGEST_LOGGED_PATH) + "..." : path;
    }
}
