package io.variate.admin.console;

import io.variate.admin.Replies;
import io.variate.admin.SessionCookie;
import io.variate.management.access.Authenticated;
import io.variate.management.access.Authenticator;
import io.variate.management.access.Credential;
import io.variate.management.access.SessionId;
import io.variate.web.ApiError;
import io.variate.web.Endpoints;
import io.variate.web.ResponseHeaders;
import io.vertx.core.Future;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code POST /api/1/session} opens a session for the token in {@code Authorization}, and sets its cookie. {@code DELETE}
 * ends the session of the request. {@code GET /api/1/me} describes the caller.
 */
public final class SessionEndpoint implements Endpoints {
    private static final Logger log = LoggerFactory.getLogger(SessionEndpoint.class);
    private static final String SESSION = "/api/1/session";
    private static final String ME = "/api/1/me";

    private static final ApiError NO_TOKEN = new ApiError(
            401,
            "unauthorized",
            "Authorization must be sent once, as Bearer <token>, to open a session",
            "Authorization");
    private static final ApiError NOT_NEEDED =
            new ApiError(409, "no_token_set", "the settings of this node have no admin token, so no session is needed");
    private static final ApiError REVOKED = new ApiError(401, "unauthorized", "the token is not valid any more");
    private static final ApiError UNAVAILABLE =
            new ApiError(503, "database_unavailable", "PostgreSQL is unavailable to store the session; retry later");

    private final Authenticator authenticator;
    private final Me me;

    /** Opens and ends sessions of the authenticator that guards this port. */
    public SessionEndpoint(Authenticator authenticator, Me me) {
        this.authenticator = authenticator;
        this.me = me;
    }

    @Override
    public void addTo(Router router) {
        router.post(SESSION).handler(this::signIn);
        router.delete(SESSION).handler(this::signOut);
        router.route(SESSION).handler(Replies.onlyAllows("POST, DELETE"));
        router.get(ME).handler(context -> Replies.json(context, 200, me.describe(Authenticated.of(context))));
        router.route(ME).handler(Replies.onlyAllows("GET, HEAD"));
    }

    /** Ends the session that the browser presents, so that a new id replaces it. */
    private void signIn(RoutingContext context) {
        Credential credential = Authenticated.of(context).credential();
        if (credential instanceof Credential.Local) {
            Replies.error(context, NOT_NEEDED);
        } else if (credential instanceof Credential.Session) {
            reject(context, NO_TOKEN);
        } else {
            authenticator
                    .open(credential, SessionCookie.of(context.request()))
                    .onSuccess(id -> answer(context, id))
                    .onFailure(failure -> unavailable(context, failure));
        }
    }

    private void answer(RoutingContext context, @Nullable SessionId id) {
        if (id == null) {
            reject(context, REVOKED);
            return;
        }
        Future<@Nullable Authenticated> opened = authenticator.recheck(new Credential.Session(id));
        opened.onSuccess(session -> {
                    if (session == null) {
                        reject(context, REVOKED);
                    } else {
                        SessionCookie.set(context.request(), id);
                        Replies.json(context, 201, me.describe(session));
                    }
                })
                .onFailure(failure -> unavailable(context, failure));
    }

    private void signOut(RoutingContext context) {
        SessionId presented = SessionCookie.of(context.request());
        Future<Void> ended = presented == null ? Future.succeededFuture() : authenticator.end(presented);
        ended.onSuccess(done -> {
                    SessionCookie.remove(context.request());
                    context.response().setStatusCode(204).end();
                })
                .onFailure(failure -> unavailable(context, failure));
    }

    private static void reject(RoutingContext context, ApiError error) {
        context.response().putHeader(ResponseHeaders.CHALLENGE, "Bearer");
        Replies.error(context, error);
    }

    private static void unavailable(RoutingContext context, Throwable failure) {
        log.warn("cannot read or change sessions in PostgreSQL: {}", failure.toString());
        Replies.error(context, UNAVAILABLE);
    }
}
