package io.variate.management.access;

import io.variate.observability.OncePerMinute;
import io.variate.store.StoredToken;
import io.variate.store.TokenFields;
import io.variate.store.TokenStore;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tokens as this node knows them. It keeps all of them, so an unknown token costs no query of its own: no number of
 * guesses reads the database more often than {@link #MIN_INTERVAL} permits.
 *
 * <p>Another node notices a revocation after {@link #MAX_AGE} at most, and a new token after {@link #MIN_INTERVAL}. While
 * PostgreSQL is unavailable, tokens that this node knows may read for {@link #MAX_AGE_WITHOUT_DATABASE}.
 *
 * <p>Confined to one Vert.x context.
 */
public final class TokenCache {
    /** How long a reading of the tokens counts as current. */
    public static final Duration MAX_AGE = Duration.ofSeconds(5);

    /** Time between two readings. */
    static final Duration MIN_INTERVAL = Duration.ofMillis(250);

    /** How long a reading serves reads while the database is unavailable. */
    static final Duration MAX_AGE_WITHOUT_DATABASE = Duration.ofMinutes(5);

    private static final Logger log = LoggerFactory.getLogger(TokenCache.class);
    private static final long TOUCH_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final TokenStore store;
    private final Clock clock;
    private final LongSupplier nanoTime;
    private final OncePerMinute warnings;
    private @Nullable Reading reading;

    /** The latest reading, which may still be in flight or have failed, and its start. */
    private @Nullable Future<Reading> latest;

    private long latestStart;

    /** When this node last stored the use of a token, by id. */
    private final Map<Long, Long> touched = new HashMap<>();

    /**
     * All tokens at one time.
     *
     * @param tokens by digest
     * @param start of the query, as {@link System#nanoTime}
     */
    private record Reading(Map<String, StoredToken> tokens, long start) {}

    /**
     * Reads tokens on first use.
     *
     * @param clock for expiry
     * @param nanoTime as {@link System#nanoTime}
     */
    public TokenCache(TokenStore store, Clock clock, LongSupplier nanoTime) {
        this.store = store;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.warnings = new OncePerMinute(nanoTime);
    }

    /**
     * Finds the caller with a token.
     *
     * @param isRead whether the request changes nothing
     * @return null if the token is unknown, revoked or expired; fails if the database is unavailable and the token cannot be
     *     checked
     */
    public Future<@Nullable Caller> authenticate(Token token, boolean isRead) {
        if (!token.isWellFormed()) {
            return Future.succeededFuture();
        }
        String digest = token.digest();
        Reading known = reading;
        StoredToken found = known == null ? null : known.tokens().get(digest);
        if (known != null && found != null && age(known) < MAX_AGE.toNanos()) {
            return Future.succeededFuture(admit(found));
        }
        return read().map(current -> admit(current.tokens().get(digest)))
                .recover(failure ->
                        isRead && known != null && found != null && age(known) < MAX_AGE_WITHOUT_DATABASE.toNanos()
                                ? Future.succeededFuture(caller(found))
                                : Future.failedFuture(failure));
    }

    private long age(Reading known) {
        return nanoTime.getAsLong() - known.start();
    }

    /** Reads the tokens again with the next request, after this node has changed one. */
    public void invalidate() {
        reading = null;
        latest = null;
    }

    private Future<Reading> read() {
        long now = nanoTime.getAsLong();
        Future<Reading> present = latest;
        if (present != null && (!present.isComplete() || now - latestStart < MIN_INTERVAL.toNanos())) {
            return present;
        }
        Future<Reading> next = store.load().map(tokens -> new Reading(Map.copyOf(tokens), now));
        latest = next;
        latestStart = now;
        next.onSuccess(this::keep).onFailure(failure -> {
            if (warnings.permits("read")) {
                log.warn("cannot read tokens from PostgreSQL: {}", failure.toString());
            }
        });
        return next;
    }

    /** A reading that started before a change of this node is outdated. */
    private void keep(Reading read) {
        Future<Reading> present = latest;
        if (present != null && latestStart == read.start()) {
            reading = read;
            touched.keySet()
                    .retainAll(
                            read.tokens().values().stream().map(StoredToken::id).collect(Collectors.toSet()));
        }
    }

    private @Nullable Caller admit(@Nullable StoredToken token) {
        Caller caller = token == null ? null : caller(token);
        if (token != null && caller != null) {
            touch(token.id());
        }
        return caller;
    }

    private @Nullable Caller caller(StoredToken token) {
        TokenFields fields = token.fields();
        Instant expiry = fields.expiresAt();
        if (expiry != null && !clock.instant().isBefore(expiry)) {
            return null;
        }
        return new Caller(
                "token " + token.id(),
                fields.name(),
                Role.of(fields.role()),
                new Scope(fields.projects(), fields.deployments(), fields.keyPrefixes()));
    }

    private void touch(long id) {
        long now = nanoTime.getAsLong();
        Long last = touched.get(id);
        if (last == null || now - last >= TOUCH_NANOS) {
            touched.put(id, now);
            store.touch(id).onFailure(failure -> {
                if (warnings.permits("touch")) {
                    log.warn("cannot store the last use of a token in PostgreSQL: {}", failure.toString());
                }
            });
        }
    }
}
