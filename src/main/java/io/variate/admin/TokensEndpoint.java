package io.variate.admin;

import io.variate.json.Problem;
import io.variate.management.access.Caller;
import io.variate.management.access.InvalidTokenException;
import io.variate.management.access.Right;
import io.variate.management.access.Token;
import io.variate.management.access.TokenCache;
import io.variate.management.access.TokenFormat;
import io.variate.rulesets.document.InvalidRulesetException;
import io.variate.store.RefusedTokenException;
import io.variate.store.StoredToken;
import io.variate.store.TokenStore;
import io.variate.web.ApiError;
import io.variate.web.Endpoints;
import io.variate.web.decoding.RequestPath;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Clock;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code GET|POST /api/1/tokens}, {@code GET|PATCH|DELETE /api/1/tokens/{id}}: the tokens of the management API, for callers
 * with all rights in all projects. The answer to a creation has the token itself, once.
 */
public final class TokensEndpoint implements Endpoints {
    private static final Logger log = LoggerFactory.getLogger(TokensEndpoint.class);
    private static final String TOKENS = "/api/1/tokens";
    private static final String TOKEN = TOKENS + "/:id";
    private static final Pattern ID = Pattern.compile("[0-9]{1,18}");
    private static final int LARGEST_BODY = 65_536;

    private static final ApiError UNKNOWN = new ApiError(404, "unknown_token", "no token has this id");
    private static final ApiError TOO_LARGE =
            new ApiError(413, "document_too_large", "the body must not exceed " + LARGEST_BODY + " bytes");
    private static final ApiError READ_ONLY =
            new ApiError(405, "read_only", "this node has no PostgreSQL database for tokens");

    private final @Nullable TokenStore store;
    private final @Nullable TokenCache cache;
    private final DocumentBodies bodies;
    private final Clock clock;

    /**
     * Manages tokens.
     *
     * @param store null if this node has no database
     * @param cache of this node, which notices changes at once; null if and only if {@code store} is
     * @param maxBody largest body that the admin port accepts, in bytes
     */
    public TokensEndpoint(@Nullable TokenStore store, @Nullable TokenCache cache, long maxBody, Clock clock) {
        this.store = store;
        this.cache = cache;
        this.bodies = DocumentBodies.ofResources(maxBody);
        this.clock = clock;
    }

    /** A request to a node with a database. */
    private interface Action {
        void handle(RoutingContext context, TokenStore store, TokenCache cache);
    }

    @Override
    public void addTo(Router router) {
        router.route(TOKENS).handler(TokensEndpoint::requireAdministrator);
        router.route(TOKEN).handler(TokensEndpoint::requireAdministrator);
        router.get(TOKENS).handler(context -> run(context, TokensEndpoint::list));
        bodies.receive(router, HttpMethod.POST, TOKENS).handler(context -> run(context, this::create));
        router.route(TOKENS).handler(Replies.onlyAllows("GET, HEAD, POST"));
        router.get(TOKEN).handler(context -> run(context, TokensEndpoint::show));
        bodies.receive(router, HttpMethod.PATCH, TOKEN).handler(context -> run(context, this::update));
        router.delete(TOKEN).handler(context -> run(context, TokensEndpoint::revoke));
        router.route(TOKEN).handler(Replies.onlyAllows("GET, HEAD, PATCH, DELETE"));
    }

    private static void requireAdministrator(RoutingContext context) {
        if (Rights.haveEverywhere(context, Right.ADMINISTER)) {
            context.next();
        }
    }

    private void run(RoutingContext context, Action action) {
        if (store == null || cache == null) {
            context.response().putHeader(HttpHeaders.ALLOW, "");
            Replies.error(context, READ_ONLY);
        } else {
            action.handle(context, store, cache);
        }
    }

    private static void list(RoutingContext context, TokenStore store, TokenCache cache) {
        store.load()
                .onSuccess(tokens -> {
                    JsonArray list = new JsonArray();
                    tokens.values().forEach(token -> list.add(toJson(token)));
                    Replies.json(context, 200, new JsonObject().put("tokens", list));
                })
                .onFailure(failure -> reject(context, failure));
    }

    private static void show(RoutingContext context, TokenStore store, TokenCache cache) {
        Long id = id(context);
        store.load()
                .onSuccess(tokens -> answer(
                        context,
                        tokens.values().stream()
                                .filter(token -> id != null && token.id() == id)
                                .findFirst()
                                .orElse(null)))
                .onFailure(failure -> reject(context, failure));
    }

    private void create(RoutingContext context, TokenStore store, TokenCache cache) {
        Token token = Token.random();
        body(context)
                .map(json -> TokenFormat.read(json, null, clock.instant()))
                .compose(fields ->
                        store.create(fields, token.digest(), Caller.of(context).name()))
                .onSuccess(created -> {
                    cache.invalidate();
                    Replies.json(context, 201, toJson(created).put("token", token.secret()));
                })
                .onFailure(failure -> reject(context, failure));
    }

    private void update(RoutingContext context, TokenStore store, TokenCache cache) {
        Long id = id(context);
        if (id == null) {
            Replies.error(context, UNKNOWN);
            return;
        }
        body(context)
                .compose(json -> store.update(id, present -> TokenFormat.read(json, present, clock.instant())))
                .onSuccess(updated -> {
                    cache.invalidate();
                    answer(context, updated);
                })
                .onFailure(failure -> reject(context, failure));
    }

    private static void revoke(RoutingContext context, TokenStore store, TokenCache cache) {
        Long id = id(context);
        if (id == null) {
            Replies.error(context, UNKNOWN);
            return;
        }
        store.delete(id)
                .onSuccess(existed -> {
                    cache.invalidate();
                    if (existed) {
                        Replies.json(context, 200, new JsonObject().put("id", Long.toString(id)));
                    } else {
                        Replies.error(context, UNKNOWN);
                    }
                })
                .onFailure(failure -> reject(context, failure));
    }

    private static @Nullable Long id(RoutingContext context) {
        String id = RequestPath.last(context, "id");
        return ID.matcher(id).matches() ? Long.valueOf(id) : null;
    }

    private static Future<String> body(RoutingContext context) {
        return context.body().length() > LARGEST_BODY
                ? Future.failedFuture(new BodyTooLargeException())
                : RulesetChanges.body(context);
    }

    private static final class BodyTooLargeException extends RuntimeException {
        private static final long serialVersionUID = 1;

        BodyTooLargeException() {
            super(null, null, false, false);
        }
    }

    private static void answer(RoutingContext context, @Nullable StoredToken token) {
        if (token == null) {
            Replies.error(context, UNKNOWN);
        } else {
            Replies.json(context, 200, toJson(token));
        }
    }

    private static JsonObject toJson(StoredToken token) {
        return new JsonObject(TokenFormat.write(token));
    }

    private static void reject(RoutingContext context, Throwable failure) {
        if (failure instanceof InvalidTokenException invalid) {
            rejectAsInvalid(context, invalid.problems());
        } else if (failure instanceof InvalidRulesetException invalid) {
            rejectAsInvalid(context, invalid.problems());
        } else if (failure instanceof BodyTooLargeException) {
            Replies.error(context, TOO_LARGE);
        } else if (failure instanceof RefusedTokenException refused) {
            Replies.error(context, 409, refused.isNameTaken() ? "name_taken" : "too_many_tokens", refused.getMessage());
        } else {
            log.warn("cannot read or change tokens in PostgreSQL: {}", failure.toString());
            Replies.error(context, 503, "database_unavailable", "PostgreSQL did not answer; retry later");
        }
    }

    private static void rejectAsInvalid(RoutingContext context, List<Problem> problems) {
        Replies.problems(context, 400, "invalid_token", RulesetChanges.toJson(problems));
    }
}
