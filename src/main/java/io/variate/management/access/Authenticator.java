package io.variate.management.access;

import io.variate.config.Secret;
import io.variate.store.Sessions;
import io.variate.store.StoredSession;
import io.variate.store.StoredToken;
import io.variate.store.TokenFields;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides who sends a request of the management API, and keeps the sessions of the console. A session has the present rights
 * of its token, and ends when that is revoked or expires, or is no longer the admin token of the settings.
 *
 * <p>Knows tokens and sessions as {@link CachedReading} describes. Confined to one Vert.x context.
 */
public final class Authenticator {
    private static final Duration LONGEST_TOUCH_INTERVAL = Duration.ofMinutes(1);

    /** A session must be noted as used several times before it could time out. */
    private static final int TOUCHES_IN_A_TIMEOUT = 4;

    private final @Nullable Secret adminToken;
    private final @Nullable TokenCache tokens;
    private final Sessions sessions;
    private final Duration timeout;
    private final Clock clock;
    private final CachedReading<Map<String, StoredSession>> reading;
    private final LastUses<String> uses;

    /**
     * Authenticates with these tokens and sessions.
     *
     * @param adminToken null for none: the settings allow this on loopback only
     * @param tokens null if this node has no database, hence no stored tokens
     * @param timeout how long an unused session lasts
     * @param clock for expiry
     * @param nanoTime as {@link System#nanoTime}
     */
    public Authenticator(
            @Nullable Secret adminToken,
            @Nullable TokenCache tokens,
            Sessions sessions,
            Duration timeout,
            Clock clock,
            LongSupplier nanoTime) {
        this.adminToken = adminToken;
        this.tokens = tokens;
        this.sessions = sessions;
        this.timeout = timeout;
        this.clock = clock;
        this.reading =
                new CachedReading<>("sessions", () -> sessions.load(timeout).map(Map::copyOf), nanoTime);
        Duration often = timeout.dividedBy(TOUCHES_IN_A_TIMEOUT);
        this.uses = new LastUses<>(
                "session",
                digest -> sessions.touch(digest, timeout),
                often.compareTo(LONGEST_TOUCH_INTERVAL) < 0 ? often : LONGEST_TOUCH_INTERVAL,
                nanoTime);
    }

    /** Whether requests without a credential have all rights. */
    public boolean isOpen() {
        return adminToken == null;
    }

    /** The credential that a client has sent as its token; null if it cannot be one. */
    public @Nullable Credential credential(String sent) {
        if (adminToken != null && matches(adminToken, sent)) {
            return new Credential.AdminToken();
        }
        return Token.isToken(sent) ? new Credential.NamedToken(new Token(sent)) : null;
    }

    /** Compares in constant time. */
    private static boolean matches(Secret expected, String sent) {
        return MessageDigest.isEqual(
                sent.getBytes(StandardCharsets.UTF_8), expected.value().getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Authenticates a request, and notes that its token and session are used.
     *
     * @param isRead whether the request changes nothing
     * @return null if the credential is unknown, revoked or expired; fails if the database is unavailable and the credential
     *     cannot be checked
     */
    public Future<@Nullable Authenticated> authenticate(Credential credential, boolean isRead) {
        return find(credential, isRead).map(found -> {
            if (found == null) {
                return null;
            }
            if (found.token() != null && tokens != null) {
                tokens.touch(found.token());
            }
            if (found.sessionDigest() != null) {
                uses.add(found.sessionDigest());
            }
            return found.authenticated();
        });
    }

    /** Authenticates again for an answer that takes long. Otherwise as {@link #authenticate}, but does not count as a use. */
    public Future<@Nullable Authenticated> recheck(Credential credential) {
        return find(credential, true).map(found -> found == null ? null : found.authenticated());
    }

    private record Found(
            Authenticated authenticated,
            @Nullable StoredToken token,
            @Nullable String sessionDigest) {}

    private Future<@Nullable Found> find(Credential credential, boolean isRead) {
        if (credential instanceof Credential.Session session) {
            return find(session, isRead);
        }
        if (credential instanceof Credential.NamedToken named) {
            return find(named, isRead);
        }
        return Future.succeededFuture(new Found(new Authenticated(Caller.admin(), credential, null), null, null));
    }

    private Future<@Nullable Found> find(Credential.NamedToken named, boolean isRead) {
        return tokens == null
                ? Future.succeededFuture()
                : tokens.find(named.token(), isRead)
                        .map(token -> token == null
                                ? null
                                : found(named, token, null, token.fields().expiresAt()));
    }

    private static Found found(
            Credential credential, StoredToken token, @Nullable String sessionDigest, @Nullable Instant expiresAt) {
        TokenFields fields = token.fields();
        Caller caller = new Caller(
                "token " + token.id(),
                fields.name(),
                Role.of(fields.role()),
                new Scope(fields.projects(), fields.deployments(), fields.keyPrefixes()));
        return new Found(new Authenticated(caller, credential, expiresAt), token, sessionDigest);
    }

    private record Known(String digest, StoredSession session) {}

    private Future<@Nullable Found> find(Credential.Session credential, boolean isRead) {
        if (!credential.id().isWellFormed()) {
            return Future.succeededFuture();
        }
        List<String> digests = digests(credential.id());
        return reading.<Known>find(all -> known(all, digests), isRead)
                .compose(known -> known == null || hasTimedOut(known.session())
                        ? Future.succeededFuture()
                        : found(credential, known, isRead));
    }

    private static @Nullable Known known(Map<String, StoredSession> all, List<String> digests) {
        for (String digest : digests) {
            StoredSession session = all.get(digest);
            if (session != null) {
                return new Known(digest, session);
            }
        }
        return null;
    }

    private boolean hasTimedOut(StoredSession session) {
        return !clock.instant().isBefore(session.lastUsedAt().plus(timeout));
    }

    private Future<@Nullable Found> found(Credential.Session credential, Known known, boolean isRead) {
        Instant timesOut = known.session().lastUsedAt().plus(timeout);
        Long id = known.session().token();
        if (id == null) {
            return Future.succeededFuture(
                    new Found(new Authenticated(Caller.admin(), credential, timesOut), null, known.digest()));
        }
        return tokens == null
                ? Future.succeededFuture()
                : tokens.find(id, isRead).map(token -> {
                    Instant expiry = token == null ? null : token.fields().expiresAt();
                    return token == null
                            ? null
                            : found(
                                    credential,
                                    token,
                                    known.digest(),
                                    expiry != null && expiry.isBefore(timesOut) ? expiry : timesOut);
                });
    }

    /** The digests of a session with this id, whatever its token is. */
    private List<String> digests(SessionId id) {
        return adminToken == null ? List.of(id.digest()) : List.of(id.digest(), id.digest(adminToken));
    }

    /**
     * Opens a session for a request that has authenticated with a token.
     *
     * @param credential a named token or the admin token
     * @param replaced a session that ends; null for none
     * @return the id of the session; null if the token was revoked meanwhile; fails if the database is unavailable
     */
    public Future<@Nullable SessionId> open(Credential credential, @Nullable SessionId replaced) {
        SessionId id = SessionId.random();
        List<String> ended = replaced == null || !replaced.isWellFormed() ? List.of() : digests(replaced);
        if (credential instanceof Credential.AdminToken && adminToken != null) {
            return add(id, id.digest(adminToken), null, ended);
        }
        if (!(credential instanceof Credential.NamedToken named) || tokens == null) {
            throw new IllegalArgumentException("not authenticated with a token");
        }
        return tokens.find(named.token(), false)
                .compose(token -> token == null ? Future.succeededFuture() : add(id, id.digest(), token.id(), ended));
    }

    private Future<@Nullable SessionId> add(SessionId id, String digest, @Nullable Long token, List<String> ended) {
        return sessions.add(digest, token, ended, timeout)
                .onComplete(over -> reading.invalidate())
                .map(added -> added ? id : null);
    }

    /** Ends a session, here at once and on other nodes within {@link CachedReading#MAX_AGE}. */
    public Future<Void> end(SessionId id) {
        return id.isWellFormed()
                ? sessions.remove(digests(id)).onComplete(over -> reading.invalidate())
                : Future.succeededFuture();
    }
}
