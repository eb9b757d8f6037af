package io.variate.rulesets;

import io.variate.rulesets.rows.Revision;
import io.variate.rulesets.rows.RulesetRows;
import io.variate.store.RulesetStore;
import io.vertx.core.Future;
import java.time.Duration;

/**
 * Makes the database continue the history that is served, after it was restored from a backup or replaced by another one.
 * Thread-safe.
 */
public final class RulesetRecovery {
    private static final Duration MAX_WAIT = Duration.ofSeconds(1);

    private final CurrentRuleset current;
    private final RulesetStore store;
    private final RulesetSynchronizer synchronizer;

    /** Writes to the database of {@code store}. */
    public RulesetRecovery(CurrentRuleset current, RulesetStore store, RulesetSynchronizer synchronizer) {
        this.current = current;
        this.store = store;
        this.synchronizer = synchronizer;
    }

    /** The ruleset to continue with; the other one is discarded. */
    public enum Keep {
        /** The ruleset in the database. */
        DATABASE,
        /** The ruleset that the nodes serve. */
        SERVED
    }

    /**
     * Takes a revision above all that are stored or served, so that all nodes follow.
     *
     * @return the new revision, committed, and usually served by this node already. Fails with {@link
     *     io.variate.store.NotDivergedException} if the database continues the served revision, with {@link
     *     RevisionNotReachedException} if this node cannot catch up with its cluster, or with another exception if the
     *     database fails
     * @throws IllegalStateException if this node serves no ruleset
     */
    public Future<Revision> recover(Keep keep) {
        if (current.get() == null) {
            throw new IllegalStateException("no ruleset is served");
        }
        return synchronizer
                .reachNewest(MAX_WAIT)
                .compose(caughtUp -> {
                    RulesetRows served = served();
                    return store.recover(served.revision(), keep == Keep.SERVED ? served.rows() : null);
                })
                .onSuccess(revision -> synchronizer.check())
                .compose(revision -> current.reached(revision.number(), MAX_WAIT)
                        .otherwiseEmpty()
                        .map(revision));
    }

    private RulesetRows served() {
        Ruleset ruleset = current.get();
        if (ruleset == null) {
            throw new IllegalStateException("no ruleset is served");
        }
        return ruleset.rows();
    }
}
