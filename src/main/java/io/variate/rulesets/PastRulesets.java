package io.variate.rulesets;

import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RulesetRows;
import io.variate.store.RulesetHistory;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Rulesets of past revisions, for people who ask what a user would have got. They are read from PostgreSQL and compiled on a
 * worker thread, one at a time. Callers that ask for the same revision share it.
 *
 * <p>Thread-safe. Keeps up to two of them for a minute, unless they are very large.
 */
public final class PastRulesets {
    private static final int MAX_KEPT = 2;
    private static final Duration KEEP = Duration.ofMinutes(1);

    /** Characters of all definitions of a ruleset to keep. Compiled, they take a few times as many bytes. */
    private static final long MAX_KEPT_CHARACTERS = 32 << 20;

    /** Revisions that are being loaded or wait for their turn. */
    private static final int MAX_LOADING = 8;

    /** Longest wait of a caller, which includes its turn. */
    private static final Duration MAX_WAIT = Duration.ofSeconds(60);

    private final Vertx vertx;
    private final CurrentRuleset current;
    private final @Nullable RulesetHistory history;

    /** By revision; guarded by this object, like all that follows. */
    private final Map<Long, CompletableFuture<Ruleset>> loading = new HashMap<>();

    /** The oldest first. */
    private final Map<Long, CompletableFuture<Ruleset>> kept = new LinkedHashMap<>();

    private CompletableFuture<?> turn = CompletableFuture.completedFuture(null);

    /**
     * Starts without rulesets.
     *
     * @param current compiles, and lends flags that have not changed since
     * @param history null if the ruleset does not come from PostgreSQL
     */
    public PastRulesets(Vertx vertx, CurrentRuleset current, @Nullable RulesetHistory history) {
        this.vertx = vertx;
        this.current = current;
        this.history = history;
    }

    /**
     * The ruleset of a revision, compiled for the zone of this node.
     *
     * @return completes on the caller's Vert.x context. Fails with {@link NoHistoryException}, with {@link
     *     io.variate.store.UnknownRevisionException}, with {@link TooManyRevisionsException}, with a {@link
     *     java.util.concurrent.TimeoutException} after a minute, or with a failure of the database
     */
    public Future<Ruleset> at(long revision) {
        RulesetHistory stored = history;
        if (stored == null) {
            return Future.failedFuture(new NoHistoryException());
        }
        return Future.fromCompletionStage(find(stored, revision), vertx.getOrCreateContext())
                .timeout(MAX_WAIT.toMillis(), TimeUnit.MILLISECONDS);
    }

    /**
     * The ruleset at some time, on the clock of the database.
     *
     * @return as that of {@link #at(long)}
     */
    public Future<Ruleset> at(Instant time) {
        RulesetHistory stored = history;
        return stored == null
                ? Future.failedFuture(new NoHistoryException())
                : stored.revisionAt(time).compose(this::at);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the outcome is that of the future that load completes
    private synchronized CompletableFuture<Ruleset> find(RulesetHistory stored, long revision) {
        CompletableFuture<Ruleset> present = kept.getOrDefault(revision, loading.get(revision));
        if (present != null) {
            return present;
        }
        if (loading.size() >= MAX_LOADING) {
            return CompletableFuture.failedFuture(new TooManyRevisionsException());
        }
        CompletableFuture<Ruleset> found = new CompletableFuture<>();
        loading.put(revision, found);
        turn.whenComplete((before, failure) -> load(stored, revision, found));
        turn = found;
        return found;
    }

    private void load(RulesetHistory stored, long revision, CompletableFuture<Ruleset> found) {
        stored.at(revision)
                .compose(past -> vertx.executeBlocking(() -> current.compileAside(past.rows()), false))
                .onComplete((ruleset, failure) -> {
                    finish(revision, found, ruleset);
                    if (failure == null) {
                        found.complete(ruleset);
                    } else {
                        found.completeExceptionally(failure);
                    }
                });
    }

    /** @param ruleset null if it could not be loaded */
    private synchronized void finish(long revision, CompletableFuture<Ruleset> found, @Nullable Ruleset ruleset) {
        loading.remove(revision);
        if (ruleset == null || characters(ruleset.rows()) > MAX_KEPT_CHARACTERS) {
            return;
        }
        if (kept.size() == MAX_KEPT) {
            kept.remove(kept.keySet().iterator().next());
        }
        kept.put(revision, found);
        vertx.setTimer(KEEP.toMillis(), over -> discard(revision, found));
    }

    private synchronized void discard(long revision, CompletableFuture<Ruleset> found) {
        kept.remove(revision, found);
    }

    private static long characters(RulesetRows rows) {
        return rows.rows().all().stream()
                .map(Row::definition)
                .mapToLong(String::length)
                .sum();
    }
}
