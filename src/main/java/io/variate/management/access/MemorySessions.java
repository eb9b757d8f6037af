package io.variate.management.access;

import io.variate.store.Sessions;
import io.variate.store.StoredSession;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Sessions of the admin token on a node without PostgreSQL, which end with the node.
 *
 * <p>Confined to one Vert.x context.
 */
public final class MemorySessions implements Sessions {
    private final Clock clock;
    private final Map<String, StoredSession> sessions = new HashMap<>();

    /** No session. */
    public MemorySessions(Clock clock) {
        this.clock = clock;
    }

    @Override
    public Future<Map<String, StoredSession>> load(Duration timeout) {
        removeUnused(timeout);
        return Future.succeededFuture(Map.copyOf(sessions));
    }

    @Override
    public Future<Boolean> add(String digest, @Nullable Long token, Collection<String> replaced, Duration timeout) {
        sessions.keySet().removeAll(replaced);
        removeUnused(timeout);
        if (sessions.size() >= MOST_OF_A_TOKEN) {
            sessions.entrySet().stream()
                    .min(Map.Entry.comparingByValue(Comparator.comparing(StoredSession::lastUsedAt)))
                    .map(Map.Entry::getKey)
                    .ifPresent(sessions::remove);
        }
        sessions.put(digest, new StoredSession(token, clock.instant()));
        return Future.succeededFuture(true);
    }

    private void removeUnused(Duration timeout) {
        Instant earliest = clock.instant().minus(timeout);
        sessions.values().removeIf(session -> !session.lastUsedAt().isAfter(earliest));
    }

    @Override
    public Future<Void> touch(String digest, Duration timeout) {
        removeUnused(timeout);
        sessions.computeIfPresent(digest, (same, session) -> new StoredSession(session.token(), clock.instant()));
        return Future.succeededFuture();
    }

    @Override
    public Future<Void> remove(Collection<String> digests) {
        sessions.keySet().removeAll(digests);
        return Future.succeededFuture();
    }
}
