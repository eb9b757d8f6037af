package io.variate.admin;

import io.variate.management.access.Authenticated;
import io.variate.management.access.Authenticator;
import io.variate.management.access.Credential;
import io.variate.management.access.SessionId;
import io.variate.observability.OncePerMinute;
import io.variate.web.ApiError;
import io.variate.web.AuthorizationHeader;
import io.variate.web.ResponseHeaders;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Admits requests with {@code Authorization: Bearer} and the admin token or a stored token, or with the {@linkplain
 * SessionCookie cookie} of a session, and attaches what they {@linkplain Authenticated authenticated} as. {@code
 * Authorization} has precedence. Without an admin token in the settings, which they allow on loopback only, a request without
 * a stored token and a valid session has all rights too.
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
    private static final ApiError NO_SESSION =
            new ApiError(401, "unauthorized", "the session is unknown or has ended; sign in again");
    private static final ApiError AMBIGUOUS =
            new ApiError(401, "unauthorized", "the request must have one session cookie only");
    private static final ApiError UNAVAILABLE =
            new ApiError(503, "database_unavailable", "PostgreSQL is unavailable to check the token; retry later");

    private final Authenticator authenticator;
    private final OncePerMinute warnings = new OncePerMinute(System::nanoTime);

    /** Checks tokens and sessions. */
    TokenGuard(Authenticator authenticator) {
        this.authenticator = authenticator;
    }

    @Override
    public void handle(RoutingContext context) {
        MultiMap headers = context.request().headers();
        if (headers.contains(HttpHeaders.AUTHORIZATION)) {
            String sent = AuthorizationHeader.credentials(headers, SCHEME);
            Credential credential = sent == null ? null : authenticator.credential(sent);
            if (credential == null) {
                admitIfOpen(context, UNAUTHORIZED);
            } else {
                admit(context, credential, () -> reject(context, UNAUTHORIZED));
            }
            return;
        }
        List<SessionId> sessions = SessionCookie.read(context.request());
        switch (sessions.size()) {
            case 0 -> admitIfOpen(context, UNAUTHORIZED);
            case 1 -> {
                Credential session = new Credential.Session(sessions.get(0));
                admit(context, session, () -> admitIfOpen(context, NO_SESSION));
            }
            default -> reject(context, AMBIGUOUS);
        }
    }

    /** Marks a request that is like a write, and stores nothing. */
    public static void markDryRun(RoutingContext context) {
        context.put(DRY_RUN, true);
    }

    /** Admits a request without a valid credential if none is necessary. */
    private void admitIfOpen(RoutingContext context, ApiError otherwise) {
        if (authenticator.isOpen()) {
            admit(context, new Credential.Local(), () -> reject(context, otherwise));
        } else {
            reject(context, otherwise);
        }
    }

    private void admit(RoutingContext context, Credential credential, Runnable orElse) {
        HttpServerRequest request = context.request();
        Future<@Nullable Authenticated> found = authenticator.authenticate(credential, isRead(context));
        if (found.isComplete()) {
            admit(context, found, orElse);
            return;
        }
        request.pause();
        found.onComplete(over -> {
            request.resume();
            admit(context, found, orElse);
        });
    }

    private void admit(RoutingContext context, Future<@Nullable Authenticated> found, Runnable orElse) {
        Authenticated authenticated = found.result();
        if (authenticated != null) {
            admit(context, authenticated);
        } else if (found.succeeded()) {
            orElse.run();
        } else {
            Replies.error(context, UNAVAILABLE);
        }
    }

    private void reject(RoutingContext context, ApiError error) {
        if (!isRead(context) && warnings.permits("unauthorized")) {
            log.warn("management write without a valid token: method={} path={}", method(context), path(context));
        }
        context.response().putHeader(ResponseHeaders.CHALLENGE, SCHEME);
        Replies.error(context, error);
    }

    private void admit(RoutingContext context, Authenticated authenticated) {
        authenticated.attachTo(context);
        if (!isRead(context)) {
            context.addEndHandler(
                    ended -> logWrite(context, authenticated.caller().name()));
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
