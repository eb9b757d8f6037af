package io.variate.management.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.config.Secret;
import io.variate.config.Settings;
import io.variate.dev.EmbeddedPostgresql;
import io.variate.store.Database;
import io.variate.store.RefusedTokenException;
import io.variate.store.RulesetStore;
import io.variate.store.StoredToken;
import io.variate.store.TokenFields;
import io.variate.store.TokenStore;
import io.variate.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two nodes with one database. Their clocks stand still unless a test advances them. */
@Tag("slow")
class TokenCacheTest {
    private static final EmbeddedPostgresql POSTGRES = EmbeddedPostgresql.start(null, 0);
    private static final AtomicInteger NAMES = new AtomicInteger();
    private static final Instant NOW = Instant.parse("2030-01-01T00:00:00Z");

    private final Vertx vertx = Vertx.vertx();
    private final MeterRegistry metrics = new SimpleMeterRegistry();
    private final Database database = database(POSTGRES.uri());
    private final TokenStore store = new TokenStore(database);
    private final AtomicLong nanos = new AtomicLong();
    private final TokenCache one = cache(NOW);
    private final TokenCache other = cache(NOW);

    private Database database(String uri) {
        return new Database(
                vertx,
                new Settings.Postgres(new Secret(uri), 4, Duration.ofSeconds(20), Duration.ofSeconds(60), null),
                metrics);
    }

    private TokenCache cache(Instant now) {
        return new TokenCache(store, Clock.fixed(now, ZoneOffset.UTC), nanos::get);
    }

    @AfterAll
    static void stopPostgres() {
        POSTGRES.close();
    }

    @AfterEach
    void close() throws Exception {
        await(new RulesetStore(database).close());
        await(vertx.close());
    }

    @Test
    void findsTheCallerWithItsRoleAndScope() throws Exception {
        TokenFields fields = new TokenFields(name(), "editor", Set.of(""), Set.of("web"), Set.of("pay-"), null);
        Token token = create(fields);

        Caller caller = Objects.requireNonNull(authenticate(one, token));
        assertThat(caller.name()).isEqualTo(fields.name());
        assertThat(caller.role()).isEqualTo(Role.EDITOR);
        assertThat(caller.scope()).isEqualTo(new Scope(Set.of(""), Set.of("web"), Set.of("pay-")));
    }

    @Test
    void anotherNodeRejectsARevokedTokenAfterTheMaximumAge() throws Exception {
        Token token = Token.random();
        StoredToken stored = await(store.create(viewer(null), token.digest(), "test"));
        assertThat(authenticate(one, token)).isNotNull();
        assertThat(authenticate(other, token)).isNotNull();

        assertThat(await(store.delete(stored.id()))).isTrue();
        one.invalidate();

        assertThat(authenticate(one, token)).as("the node that revoked it").isNull();
        advance(CachedReading.MAX_AGE.minusNanos(1));
        assertThat(authenticate(other, token)).as("within the maximum age").isNotNull();
        advance(Duration.ofNanos(1));
        assertThat(authenticate(other, token)).as("after the maximum age").isNull();
    }

    @Test
    void anotherNodeFindsANewTokenAfterTheMinimumInterval() throws Exception {
        assertThat(authenticate(other, Token.random())).isNull();
        Token token = create(viewer(null));

        assertThat(authenticate(other, token)).isNull();
        advance(CachedReading.MIN_INTERVAL);
        assertThat(authenticate(other, token)).isNotNull();
    }

    @Test
    void guessesCostOneQueryAnInterval() throws Exception {
        for (int i = 0; i < 100; i++) {
            assertThat(authenticate(one, Token.random())).isNull();
        }
        assertThat(queries("tokens")).isEqualTo(1);
        advance(CachedReading.MIN_INTERVAL);
        for (int i = 0; i < 100; i++) {
            assertThat(authenticate(one, Token.random())).isNull();
        }
        assertThat(queries("tokens")).isEqualTo(2);
    }

    @Test
    void malformedTokensCostNoQuery() throws Exception {
        for (String malformed : new String[] {"", "vt_", "vt_x", "vt_" + "x".repeat(44), "vt_" + "é".repeat(43)}) {
            assertThat(authenticate(one, new Token(malformed))).isNull();
        }
        assertThat(queries("tokens")).isZero();
    }

    @Test
    void rejectsATokenFromItsExpiryOn() throws Exception {
        Token token = create(viewer(NOW.plusSeconds(1)));

        assertThat(authenticate(one, token)).isNotNull();
        assertThat(authenticate(cache(NOW.plusSeconds(1).minusNanos(1)), token)).isNotNull();
        assertThat(authenticate(cache(NOW.plusSeconds(1)), token)).isNull();
    }

    @Test
    void aChangeOfScopeAppliesAtOnceOnTheNodeThatMadeIt() throws Exception {
        Token token = Token.random();
        StoredToken stored = await(store.create(viewer(null), token.digest(), "test"));
        assertThat(authenticate(one, token)).isNotNull();

        await(store.update(
                stored.id(),
                present -> new TokenFields(present.name(), "viewer", Set.of("a"), Set.of(), Set.of(), null)));
        one.invalidate();

        Caller changed = Objects.requireNonNull(authenticate(one, token));
        assertThat(changed.sees("a")).isTrue();
        assertThat(changed.sees("")).isFalse();
    }

    @Test
    void storesTheLastUseOnceAMinute() throws Exception {
        Token token = Token.random();
        long id = await(store.create(viewer(null), token.digest(), "test")).id();
        for (int i = 0; i < 10; i++) {
            authenticate(one, token);
            authenticate(other, token);
        }
        Await.until("the last use is stored", () -> stored(id).lastUsedAt() != null);
        assertThat(queries("touch-token")).as("one query for each node").isEqualTo(2);
        Instant first = stored(id).lastUsedAt();

        advance(Duration.ofMinutes(1));
        authenticate(one, token);
        Await.until("the use is written again", () -> queries("touch-token") == 3);
        assertThat(stored(id).lastUsedAt())
                .as("less than a minute of the database")
                .isEqualTo(first);
    }

    @Test
    void withoutTheDatabaseKnownTokensMayReadForABoundedTime() throws Exception {
        try (EmbeddedPostgresql stopping = EmbeddedPostgresql.start(null, 0)) {
            Database lost = database(stopping.uri());
            TokenStore tokens = new TokenStore(lost);
            TokenCache cache = new TokenCache(tokens, Clock.fixed(NOW, ZoneOffset.UTC), nanos::get);
            Token token = Token.random();
            await(tokens.create(viewer(null), token.digest(), "test"));
            assertThat(authenticate(cache, token)).isNotNull();

            stopping.stop();
            advance(CachedReading.MAX_AGE_WITHOUT_DATABASE.minusNanos(1));

            assertThat(authenticate(cache, token)).as("a read").isNotNull();
            assertThatThrownBy(() -> await(authenticator(cache).authenticate(new Credential.NamedToken(token), false)))
                    .as("a write")
                    .isInstanceOf(Exception.class);
            assertThatThrownBy(() ->
                            await(authenticator(cache).authenticate(new Credential.NamedToken(Token.random()), true)))
                    .as("an unknown token")
                    .isInstanceOf(Exception.class);
            advance(Duration.ofNanos(1));
            assertThatThrownBy(() -> await(authenticator(cache).authenticate(new Credential.NamedToken(token), true)))
                    .as("a read, later")
                    .isInstanceOf(Exception.class);
            await(new RulesetStore(lost).close());
        }
    }

    @Test
    void theDatabaseHoldsOnlyTheDigest() throws Exception {
        Token token = create(viewer(null));

        assertThat(await(store.load())).containsKey(token.digest());
        assertThat(await(store.load()).toString()).doesNotContain(token.secret());
        assertThat(token.digest()).doesNotContain(token.secret()).hasSize(64);
        assertThat(token).hasToString("***");
    }

    @Test
    void namesAreUnique() throws Exception {
        TokenFields fields = viewer(null);
        create(fields);
        StoredToken second = await(store.create(viewer(null), Token.random().digest(), "test"));

        assertThatThrownBy(() -> create(fields)).isInstanceOf(RefusedTokenException.class);
        assertThatThrownBy(() -> await(store.update(second.id(), present -> fields)))
                .isInstanceOf(RefusedTokenException.class);
        assertThat(stored(second.id()).fields()).isEqualTo(second.fields());
    }

    private Token create(TokenFields fields) throws Exception {
        Token token = Token.random();
        await(store.create(fields, token.digest(), "test"));
        return token;
    }

    private StoredToken stored(long id) throws Exception {
        return await(store.load()).values().stream()
                .filter(token -> token.id() == id)
                .findFirst()
                .orElseThrow();
    }

    private static TokenFields viewer(@Nullable Instant expiry) {
        return new TokenFields(name(), "viewer", Set.of(), Set.of(), Set.of(), expiry);
    }

    private static String name() {
        return "token " + NAMES.incrementAndGet();
    }

    private void advance(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    private int queries(String name) {
        return (int) metrics.find("variate.postgres.queries").tag("query", name).counters().stream()
                .mapToDouble(counter -> counter.count())
                .sum();
    }

    private static @Nullable Caller authenticate(TokenCache cache, Token token) throws Exception {
        Authenticated found = authenticator(cache)
                .authenticate(new Credential.NamedToken(token), true)
                .await(60, TimeUnit.SECONDS);
        return found == null ? null : found.caller();
    }

    private static Authenticator authenticator(TokenCache cache) {
        Clock clock = Clock.fixed(NOW, ZoneOffset.UTC);
        return new Authenticator(null, cache, new MemorySessions(clock), Duration.ofHours(8), clock, System::nanoTime);
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.await(60, TimeUnit.SECONDS);
    }
}
