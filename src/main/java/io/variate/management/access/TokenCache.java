package io.variate.management.access;

import io.variate.store.StoredToken;
import io.variate.store.TokenStore;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The tokens as this node knows them. It keeps all of them, for as long as {@link CachedReading} describes.
 *
 * <p>Confined to one Vert.x context.
 */
public final class TokenCache {
    private static final Duration TOUCH_INTERVAL = Duration.ofMinutes(1);

    private final Clock clock;
    private final CachedReading<Tokens> reading;
    private final LastUses<Long> uses;

    /** All tokens at one time. */
    private record Tokens(Map<String, StoredToken> byDigest, Map<Long, StoredToken> byId) {
        static Tokens of(Map<String, StoredToken> byDigest) {
            return new Tokens(
                    Map.copyOf(byDigest),
                    byDigest.values().stream().collect(Collectors.toUnmodifiableMap(StoredToken::id, token -> token)));
        }
    }

    /**
     * Reads tokens on first use.
     *
     * @param clock for expiry
     * @param nanoTime as {@link System#nanoTime}
     */
    public TokenCache(TokenStore store, Clock clock, LongSupplier nanoTime) {
        this.clock = clock;
        this.reading = new CachedReading<>("tokens", () -> store.load().map(Tokens::of), nanoTime);
        this.uses = new LastUses<>("token", store::touch, TOUCH_INTERVAL, nanoTime);
    }

    /**
     * Finds a token that is valid now.
     *
     * @param isRead whether the request changes nothing
     * @return null if the token is unknown, revoked or expired; fails if the database is unavailable and the token cannot be
     *     checked
     */
    Future<@Nullable StoredToken> find(Token token, boolean isRead) {
        if (!token.isWellFormed()) {
            return Future.succeededFuture();
        }
        String digest = token.digest();
        return reading.<StoredToken>find(tokens -> tokens.byDigest().get(digest), isRead)
                .map(this::valid);
    }

    /** Finds a token by its id; otherwise as above. */
    Future<@Nullable StoredToken> find(long id, boolean isRead) {
        return reading.<StoredToken>find(tokens -> tokens.byId().get(id), isRead)
                .map(this::valid);
    }

    /** Notes that a token is used now. */
    void touch(StoredToken token) {
        uses.add(token.id());
    }

    /** Reads the tokens again with the next request, after this node has changed one. */
    public void invalidate() {
        reading.invalidate();
    }

    private @Nullable StoredToken valid(@Nullable StoredToken token) {
        Instant expiry = token == null ? null : token.fields().expiresAt();
        return expiry != null && !clock.instant().isBefore(expiry) ? null : token;
    }
}
