package io.variate.rulesets;

import com.hazelcast.aggregation.Aggregators;
import com.hazelcast.core.EntryEvent;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import com.hazelcast.map.listener.EntryAddedListener;
import com.hazelcast.map.listener.EntryMergedListener;
import com.hazelcast.map.listener.EntryUpdatedListener;
import com.hazelcast.query.Predicate;
import com.hazelcast.query.Predicates;
import io.variate.rulesets.document.EncodedRuleset;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The flag cache: one entry in a Hazelcast map, which pushes it to every node. */
public final class HazelcastRulesetCache implements RulesetCache {
    private static final String MAP = "variate.ruleset";
    private static final String NEWEST = "newest";

    /** So that one node is asked, not all. */
    private static final Predicate<String, EncodedRuleset> WHERE_IT_IS =
            Predicates.partitionPredicate(NEWEST, Predicates.alwaysTrue());

    /** A member that hangs would else hold a check until Hazelcast gives it up. */
    private static final long TIMEOUT_SECONDS = 5;

    private static final long REVISION_TIMEOUT_SECONDS = 2;

    private final Vertx vertx;
    private final IMap<String, EncodedRuleset> map;

    /**
     * A view of the shared map.
     *
     * @param hazelcast the instance of this node, owned and closed by Vert.x' cluster manager
     */
    public HazelcastRulesetCache(Vertx vertx, HazelcastInstance hazelcast) {
        this.vertx = vertx;
        this.map = hazelcast.getMap(MAP);
    }

    /** Reads the one field where the entry is kept, so the document itself does not travel. */
    @Override
    public Future<Long> revision() {
        return vertx.executeBlocking(
                        () -> {
                            Long revision = map.aggregate(Aggregators.longMax("revision"), WHERE_IT_IS);
                            return revision == null ? -1 : revision;
                        },
                        false)
                .timeout(REVISION_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public Future<@Nullable EncodedRuleset> get() {
        return Future.<@Nullable EncodedRuleset>fromCompletionStage(map.getAsync(NEWEST), vertx.getOrCreateContext())
                .timeout(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public Future<Void> putIfNewer(EncodedRuleset ruleset) {
        return vertx.executeBlocking(() -> put(ruleset), false);
    }

    private @Nullable Void put(EncodedRuleset ruleset) throws InterruptedException {
        if (!map.tryLock(NEWEST, TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException("the flag cache is held by another node");
        }
        try {
            EncodedRuleset present = map.get(NEWEST);
            if (present == null || present.revision() < ruleset.revision()) {
                map.set(NEWEST, ruleset);
            }
        } finally {
            map.unlock(NEWEST);
        }
        return null;
    }

    @Override
    public void onPut(Consumer<EncodedRuleset> callback) {
        map.addEntryListener(new PutListener(callback), true);
    }

    private record PutListener(Consumer<EncodedRuleset> callback)
            implements EntryAddedListener<String, EncodedRuleset>,
                    EntryUpdatedListener<String, EncodedRuleset>,
                    EntryMergedListener<String, EncodedRuleset> {
        @Override
        public void entryAdded(EntryEvent<String, EncodedRuleset> event) {
            callback.accept(event.getValue());
        }

        @Override
        public void entryUpdated(EntryEvent<String, EncodedRuleset> event) {
            callback.accept(event.getValue());
        }

        @Override
        public void entryMerged(EntryEvent<String, EncodedRuleset> event) {
            callback.accept(event.getValue());
        }
    }
}
