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

/** The flag cache: one entry of a Hazelcast map, which pushes changes to every node. */
public final class HazelcastRulesetCache implements RulesetCache {
    private static final String MAP = "variate.ruleset";
    private static final String NEWEST = "newest";

    /** Queries one node instead of all. */
    private static final Predicate<String, EncodedRuleset> OWNING_PARTITION =
            Predicates.partitionPredicate(NEWEST, Predicates.alwaysTrue());

    /** Otherwise a member that hangs would block a check until Hazelcast considers it dead. */
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

    /** Reads the field on the member that owns the entry, so the document itself is not sent. */
    @Override
    public Future<Long> revision() {
        return vertx.executeBlocking(
                        () -> {
                            Long revision = map.aggregate(Aggregators.longMax("revision"), OWNING_PARTITION);
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
            throw new IllegalStateException("another node has locked the flag cache");
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
